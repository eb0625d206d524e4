from flask import Flask, abort, jsonify, request

app = Flask(__name__)
NOTES = {1: "first"}


@app.get("/v1/notes")
def listed():
    return jsonify(list(NOTES.values()))


@app.post("/v1/notes")
def made():
    if not request.json.get("text"):
        abort(422)
    return jsonify(id=2), 201


@app.get("/v1/notes/<int:number>")
def one(number):
    return jsonify(text=NOTES.get(number) or abort(404))


@app.delete("/v1/notes/<int:number>")
def gone(number):
    return "", 204


@app.get("/v1/old")
def old():
    return "", 302, {"Location": "/v1/notes"}


@app.get("/v1/files/<path:file_path>")
def file(file_path):
    return file_path
