"""The app: `streamlit run app.py`, which looks for this very assignment."""

import streamlit as st

from qa.ui import LIFESPAN, MIDDLEWARE, SCRIPT

app = st.App(SCRIPT, lifespan=LIFESPAN, middleware=MIDDLEWARE)
