"""Evaluates ClassAd expressions with HTCondor's own library: JSON lines in, JSON lines out.

in:  {"my": "[...]", "target": "[...]" or null, "expr": "..."}
out: {"value": [type, text]} or {"refused": true}

in:  {"tree": "..."}
out: {"text": how the library prints the expression} or null for one that it refuses

A list or an ad is printed by the function string(); what fails to evaluate is an error. It dies of what the library never
comes back from: 23.9 looks at both sides of a conditional that refers to itself, again and again.
"""

import json
import re
import signal
import sys

import classad2
import htcondor2  # gives the library the meanings and functions of the daemons

PROBE = "Probe_"


ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
NAMED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def unquote(text):
    """What a printed string stands for; bytes that are no UTF-8 become lone surrogates."""

    def one(match):
        octal, letter = match.groups()
        return bytes([int(octal, 8)]) if octal else NAMED.get(letter, letter)

    return ESCAPE.sub(one, text[1:-1].encode("utf-8")).decode("utf-8", "surrogateescape")


def reprint(text):
    try:
        return {"text": str(classad2.ExprTree(text))}
    except Exception:
        return {"text": None}


def evaluate(case):
    if "tree" in case:
        return reprint(case["tree"])
    try:
        my = classad2.ClassAd(case["my"][:-1] + "; " + PROBE + " = " + case["expr"] + "\n]")
        target = None if case["target"] is None else classad2.ClassAd(case["target"])
    except Exception:
        return {"refused": True}
    expr = my.lookup(PROBE)
    if expr is None:
        return {"refused": True}
    try:
        text = str(expr.simplify(my, target))
    except Exception:
        return {"value": ["Error", "error"]}
    if text in ("undefined", "error", "true", "false"):
        return {"value": [{"undefined": "Undefined", "error": "Error"}.get(text, "Boolean"), text]}
    if text[0] == '"':
        return {"value": ["String", unquote(text)]}
    if text[0] == "\n":
        inner = text.strip()[0]
        try:
            printed = unquote(str(classad2.ExprTree("string(" + PROBE + ")").simplify(my, target)))
        except Exception:
            printed = "?"
        return {"value": ["AdValue" if inner == "[" else "ListValue", printed]}
    if text.startswith("absTime"):
        return {"value": ["AbsoluteTime", text]}
    if text.startswith("relTime"):
        return {"value": ["RelativeTime", text]}
    try:
        int(text)
        return {"value": ["Integer", text]}
    except ValueError:
        pass
    return {"value": ["Real", text]}


def main():
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogatepass")
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")
    for line in sys.stdin:
        # Seconds of this process, so that it does not matter how busy the machine is.
        signal.setitimer(signal.ITIMER_VIRTUAL, 2)
        print(json.dumps(evaluate(json.loads(line))), flush=True)


main()
