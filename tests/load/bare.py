"""The page to compare with: Flask and nothing else."""

from flask import Flask

app = Flask("bare")


@app.get("/")
def hello() -> str:
    return "<!doctype html><html lang=nl><title>Kaal</title><h1>Kaal</h1>"
