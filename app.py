from qa.ui import create_app

app = create_app()
