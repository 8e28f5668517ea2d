"""What the documentation is built with: reference pages from the code, and a reader that runs the pages' commands."""
