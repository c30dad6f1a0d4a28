"""ezkl proving a logistic model of 60 features, inputs and weights committed to by hash: a program of its own.

It runs in an environment of its own, with ezkl and onnx alone, and prints its figures as JSON:
`python bench/ezkl_peer.py FOLDER`.
"""

import asyncio
import inspect
import json
import os
import resource
import sys
import time
from statistics import median

FEATURES = 60
RUNS = 3


def main(folder: str) -> None:
    """Build, set up, prove, verify in `folder`."""
    import ezkl

    os.chdir(folder)
    _write_model()
    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = arguments.param_visibility = "hashed"
    arguments.output_visibility = "public"
    _done(ezkl.gen_settings("model.onnx", "settings.json", py_run_args=arguments))
    _done(ezkl.calibrate_settings("input.json", "model.onnx", "settings.json", "resources"))
    with open("settings.json", encoding="utf-8") as stream:  # noqa: PTH123
        rows = json.load(stream)["run_args"]["logrows"]
    _done(ezkl.compile_circuit("model.onnx", "circuit", "settings.json"))
    _done(ezkl.gen_srs("srs", rows))
    _done(ezkl.gen_witness("input.json", "circuit", "witness.json"))
    _done(ezkl.setup("circuit", "key", "proving-key", srs_path="srs"))
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        _done(ezkl.prove("witness.json", "circuit", "proving-key", "proof.json", srs_path="srs"))
        seconds.append(time.perf_counter() - started)
    if not _done(ezkl.verify("proof.json", "settings.json", "key", srs_path="srs")):
        raise SystemExit("ezkl refuses its own proof")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"version": ezkl.__version__, "prove_s": median(seconds), "peak_mb": peak, "log_rows": rows}))


def _done(answer: object) -> object:
    """Some calls return what is to be awaited, others what they found."""
    if inspect.isawaitable(answer):

        async def wait() -> object:
            return await answer

        return asyncio.run(wait())
    return answer


def _write_model() -> None:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(1)
    weights = numpy_helper.from_array(random.normal(size=(FEATURES, 1)).astype(np.float32), "weights")
    bias = numpy_helper.from_array(np.zeros(1, np.float32), "bias")
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "weights", "bias"], ["y"])],
        "logistic",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, FEATURES])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [weights, bias],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, "model.onnx")
    with open("input.json", "w", encoding="utf-8") as stream:  # noqa: PTH123
        json.dump({"input_data": [random.normal(size=FEATURES).tolist()]}, stream)


if __name__ == "__main__":
    main(sys.argv[1])
