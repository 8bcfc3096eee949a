"""Asks the module in PyPI's opa-wasm: a question in JSON a line in, the result
a line out."""

import json
import sys

from opa_wasm import OPAPolicy

policy = OPAPolicy(sys.argv[1])
for line in sys.stdin:
    question = json.loads(line)
    policy.set_data(question["data"])
    [answer] = policy.evaluate(question["input"], question["entryPoint"])
    print(json.dumps(answer["result"]), flush=True)
