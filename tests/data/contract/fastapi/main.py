from fastapi import FastAPI, HTTPException, WebSocket

app = FastAPI(title="Orders")


@app.get("/orders")
def orders() -> list[str]:
    return ["a"]


@app.get("/orders/latest")
def latest() -> str:
    return "a"


@app.get("/orders/{number}", responses={404: {"description": "none"}})
def order(number: int) -> str:
    if number > 1:
        raise HTTPException(404)
    return "a"


@app.post("/orders", status_code=201)
def add(text: str) -> str:
    return text


@app.delete("/orders/{number}", status_code=204)
def cancel(number: int) -> None:
    return None


@app.websocket("/live")
async def live(socket: WebSocket):
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()
