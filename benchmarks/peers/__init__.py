"""Citewire beside other tools: the same articles, questions, weights and machine, each tool with its defaults."""
