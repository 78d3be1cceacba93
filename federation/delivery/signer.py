"""A process that signs and does nothing else: `python -m federation.delivery.signer`, as `signing_process` starts it.

Each line it reads is JSON, `{"forget": [number], "keys": [[number, PEM]], "sign": [[number, text]]}`, and is answered by
a line of JSON with the signatures in base64, in order. It ends with its input, when whoever asked is gone, and not before:
a signal for the whole group of processes comes while that one still finishes what is on its way.
"""

import base64
import os
import signal
import sys

import orjson

from federation.signatures import PrivateKey, private_key_from_pem


def main() -> None:
    """Answers line by line until the input ends."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)
    keys: dict[int, PrivateKey] = {}
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        for number in asked["forget"]:
            del keys[number]
        for number, pem in asked["keys"]:
            keys[number] = private_key_from_pem(pem.encode())
        signed = [_signature(keys[number], text) for number, text in asked["sign"]]
        try:
            sys.stdout.buffer.write(orjson.dumps(signed) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            os._exit(0)  # whoever asked is gone; at a usual end the interpreter would try to write once more


def _signature(key: PrivateKey, text: str) -> str:
    return base64.b64encode(key.sign(text.encode("latin-1"))).decode()


if __name__ == "__main__":
    main()
