"""peers.py [--json FILE]: training throughput of tinyscale and of PyTorch, same shapes, same work.

Each shape is trained by `tinyscale bench` and by the twin in twin.py in four modes: one process
with all threads, or as many one-thread processes as cores, each with a model of its own as in a
sweep; eager or torch.compile. All take turns, round after round, so that a slow minute of the
machine hits everybody. README.md here tells what is equal and what is not.

stdout: a Markdown table. Exit code: 0, 1 when a check fails; without torch one line and 0.
"""
import argparse
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict

sys.dont_write_bytecode = True  # no __pycache__ in the tree
try:
    import torch
    from twin import VOCAB, Shape, Trainee, synthetic_tokens
except ImportError as error:
    print(f"peers: skipped: {error.name} is not installed")
    sys.exit(0)

WARMUP_STEPS = 2
ENVIRONMENT = dict(os.environ)  # tinyscale's; PyTorch's processes get the allocator below as well
# glibc gives large blocks back at every free, and PyTorch then pays for the same pages at every
# step. Keeping them, in huge pages, is worth up to 15 %, and needs no other allocator.
ALLOCATOR = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296:"
                               "glibc.malloc.trim_threshold=8589934592"}
SHAPES = {shape.name: shape for shape in [
    Shape("A", 2, 64, 32, 256, 4096), Shape("B", 4, 128, 32, 256, 4096),
    Shape("C", 6, 256, 64, 256, 4096), Shape("D", 8, 512, 64, 256, 4096),
    *(Shape(f"S{d}", 4, d, 16, 128, 512) for d in (16, 32, 64, 96))]}

# --- PyTorch's processes --------------------------------------------------------------------------


def measure(trainee, seconds, barrier, finished):
    """Tokens per second from the common start to the first step that ends after the window, and
    processor time over wall time. Then keep the core busy until the last of the crew is done, so
    that nobody measures alone."""
    barrier.wait()
    begin, used, steps, now = time.perf_counter(), time.process_time(), 0, 0.0
    while now < seconds:
        trainee.step()
        steps, now = steps + 1, time.perf_counter() - begin
    used = time.process_time() - used
    with finished.get_lock():
        finished.value += 1
    while finished.value < barrier.parties:
        trainee.step()
    return steps * trainee.shape.batch_tok / now, used / now


def work(pipe, shape, threads, seconds, barrier, finished):
    """One process: obeys "eager" or "compile", asleep in recv() between its turns."""
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision("highest")
    torch.manual_seed(1)
    data, trainees = synthetic_tokens(), {}
    for mode in ("eager", "compile"):
        trainee = Trainee(shape, data, mode == "compile")
        try:
            for _ in range(WARMUP_STEPS):
                trainee.step()
            trainees[mode] = trainee
        except Exception as error:  # torch.compile wants a C++ compiler; without one: eager only
            if mode == "eager":
                raise
            print(f"peers: no torch.compile: {str(error).splitlines()[0]}", file=sys.stderr)
    eager = trainees["eager"]
    pipe.send({"modes": list(trainees), "fused": bool(eager.optimizer.defaults["fused"]),
               "params": sum(p.numel() for p in eager.model.parameters())})
    for mode in iter(pipe.recv, None):
        rate, busy = measure(trainees[mode], seconds, barrier, finished)
        timed = trainees[mode].losses[WARMUP_STEPS:]
        pipe.send({"tok_per_s": rate, "busy": busy, "fell": bool(timed[-1] < timed[0])})


class Crew:
    """Processes that train at the same time, each its own model."""

    def __init__(self, shape, processes, threads, seconds):
        context = multiprocessing.get_context("spawn")
        barrier, self.finished = context.Barrier(processes), context.Value("i", 0)
        self.pipes = []
        for _ in range(processes):
            ours, theirs = context.Pipe()
            context.Process(target=work, daemon=True, args=(
                theirs, shape, threads, seconds, barrier, self.finished)).start()
            theirs.close()  # so that the death of a worker is an EOFError in recv()
            self.pipes.append(ours)
        said = [pipe.recv() for pipe in self.pipes]
        self.params, self.fused = said[0]["params"], said[0]["fused"]
        self.modes = [mode for mode in said[0]["modes"] if all(mode in s["modes"] for s in said)]

    def turn(self, mode):
        """Of all together: tokens per second, busy processors, has the loss fallen since the
        first turn."""
        self.finished.value = 0
        for pipe in self.pipes:
            pipe.send(mode)
        said = [pipe.recv() for pipe in self.pipes]
        return (sum(s["tok_per_s"] for s in said), sum(s["busy"] for s in said),
                all(s["fell"] for s in said))

    def dismiss(self):
        for pipe in self.pipes:
            pipe.send(None)


# --- tinyscale ------------------------------------------------------------------------------------


def tinyscale(binary, *words):
    try:
        done = subprocess.run([binary, *words], capture_output=True, text=True, check=False,
                              env=ENVIRONMENT)
    except OSError as error:
        sys.exit(f"peers: --tinyscale: {error}; make all builds it")
    if done.returncode:
        sys.exit(f"peers: {binary} {' '.join(words)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def planned_params(binary, shape):
    """What tinyscale counts for the shape, told by the plan of a sweep of one run."""
    spec = {"name": "peers", "data": {"source": "markov", "symbols": VOCAB, "order": 1},
            "base": {"layers": shape.layers, "d_head": shape.d_head, "ctx": shape.ctx,
                     "batch_tok": shape.batch_tok},
            "axes": {"d_model": [shape.d_model], "tokens": [10 * shape.batch_tok]}}
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "peers.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(spec, file)
        return tinyscale(binary, "sweep", "plan", path, "--json")["runs"][0]["params"]


# --- the comparison -------------------------------------------------------------------------------


def median(rates):
    return statistics.median(rates) if rates else None


def compare(shape, options, cores):
    """All rounds of one shape, as a row of the JSON file; rates are tokens per second by round."""
    planned = planned_params(options.tinyscale, shape) if options.tinyscale else None
    crews = {f"1 x {cores}": Crew(shape, 1, cores, options.seconds)}
    if cores > 1:
        crews[f"{cores} x 1"] = Crew(shape, cores, 1, options.seconds)
    ours = {"run": [], "sweep": []}
    theirs = {f"{mode} {name}": [] for name in crews for mode in ("eager", "compile")}
    busy, fell, bench = {key: [] for key in theirs}, {}, []
    for number in range(options.rounds):
        print(f"peers: {shape.name}: round {number + 1} of {options.rounds}", file=sys.stderr)
        if options.tinyscale:
            bench.append(tinyscale(options.tinyscale, "bench", "--json", "--rounds", "1",
                                   "--shapes", shape.name))
            for said in bench[-1]["shapes"]:
                ours[said["mode"]].append(said["tok_per_s"]["median"])
        for name, crew in crews.items():
            for mode in crew.modes:
                key = f"{mode} {name}"
                rate, processors, fell[key] = crew.turn(mode)
                theirs[key].append(rate)
                busy[key].append(processors)
    for crew in crews.values():
        crew.dismiss()
    one = crews[f"1 x {cores}"]
    return {**asdict(shape), "f3_flop_per_tok": shape.f3_per_token(), "params": one.params,
            "params_tinyscale": planned, "fused_adamw": one.fused, "loss_fell": fell,
            "tinyscale": ours, "torch": theirs, "torch_busy": busy, "tinyscale_bench": bench,
            **verdict(ours, theirs)}


def verdict(ours, theirs):
    """The mode with the largest median on either side, and tinyscale's over PyTorch's."""
    us, them = (max((m for m in side if side[m]), key=lambda m: median(side[m]), default=None)
                for side in (ours, theirs))
    ratio = None
    if us and them:
        each = [a / b for a, b in zip(ours[us], theirs[them])]
        ratio = {"of_medians": median(ours[us]) / median(theirs[them]),
                 "min": min(each), "max": max(each)}
    return {"best": {"tinyscale": us, "torch": them}, "ratio": ratio}


def disturbances(row):
    """Turns in which one-thread workers did not get the processors for themselves."""
    for mode, processors in row["torch_busy"].items():
        if mode.endswith(" x 1") and processors and min(processors) < 0.95 * int(mode.split()[1]):
            yield f"others took processor time from {mode}: {min(processors):.2f} busy"


def problems(row):
    """What speaks against the row: a twin of another size, or one that does not learn."""
    if row["params_tinyscale"] not in (None, row["params"]):
        yield f"{row['params']} parameters, tinyscale has {row['params_tinyscale']}"
    yield from (f"loss did not fall: {mode}" for mode, fell in row["loss_fell"].items() if not fell)


def table(rows):
    """Medians in thousands of tokens per second, the best of each side bold."""
    modes = [(side, mode) for side in ("tinyscale", "torch") for mode in rows[0][side]]
    heads = ["shape", "parameters", *(f"{side} {mode}" for side, mode in modes), "GFLOP/s", "ratio"]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for row in rows:
        cells = [f"{row['name']}: L = {row['layers']}, d = {row['d_model']}", f"{row['params']:,}"]
        for side, mode in modes:
            rate = median(row[side][mode])
            text = f"{rate / 1e3:.3g}" if rate else "–"
            cells.append(f"**{text}**" if row["best"][side] == mode else text)
        best = [median(row[side][mode]) for side, mode in row["best"].items() if mode]
        cells.append(" : ".join(f"{rate * row['f3_flop_per_tok'] / 1e9:.0f}" for rate in best))
        form = "**{of_medians:.2f}** ({min:.2f}–{max:.2f})" if row["ratio"] else "–"
        cells.append(form.format(**(row["ratio"] or {})))
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def machine(cores):
    cpu = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        cpu = names[0] if names else cpu
    return {"cpu": cpu, "threads": cores, "torch": torch.__version__,
            "python": platform.python_version(), "load_before": os.getloadavg()[0]}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tinyscale", default="build/tinyscale", metavar="FILE",
                        help='the binary; "" measures PyTorch alone (default %(default)s)')
    parser.add_argument("--shapes", default=",".join(SHAPES), help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    parser.add_argument("--seconds", type=float, default=2.5,
                        help="least time of one PyTorch turn (default %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write everything here as well")
    options = parser.parse_args()
    for name in options.shapes.split(","):
        if name not in SHAPES:
            parser.error(f"--shapes: no shape '{name}', there are {', '.join(SHAPES)}")
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    return options


def main():
    options = parse_options()
    os.environ.update(ALLOCATOR)
    cores = torch.get_num_threads()
    facts = machine(cores)
    if facts["load_before"] > 0.5:
        print(f"peers: load average {facts['load_before']:.1f}: others will be measured as well",
              file=sys.stderr)
    rows = [compare(SHAPES[name], options, cores) for name in options.shapes.split(",")]
    print(f"PyTorch {facts['torch']}, {cores} cores of {facts['cpu']}; thousands of tokens/s, "
          f"medians of {options.rounds} rounds; PyTorch as processes x threads\n\n{table(rows)}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": facts, "rounds": options.rounds, "seconds": options.seconds,
                       "shapes": rows}, file, indent=1)
    for row in rows:
        for text in (*disturbances(row), *problems(row)):
            print(f"peers: {row['name']}: {text}", file=sys.stderr)
    sys.exit(1 if any(any(problems(row)) for row in rows) else 0)


if __name__ == "__main__":
    main()
