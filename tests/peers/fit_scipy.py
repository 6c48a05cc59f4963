"""tinyscale fit beside SciPy: the same rows, the same objectives, in turns.

    python3 tests/peers/fit_scipy.py [build/tinyscale] [--rounds 3]

Plants 240 runs on the surface of Besiroglu et al. 2024 with 0.4 % noise, then compares
  - the optimum of every estimator: SciPy's best of several starts and solvers, and tinyscale's;
  - a fit from 32 starts, and bootstrap refits that begin at the estimate: seconds, and their ratio;
  - what L-BFGS-B makes of the averaged objective, and what --average --tolerance 1e-5 does.
SciPy gets what is good practice there: analytic gradients, vectorised rows, starts scaled to the data
(those of tinyscale's kind), BFGS for the fit and for refits, one process per core for refits.
"""
import argparse, json, os, re, resource, subprocess, sys, tempfile, time
from concurrent.futures import ProcessPoolExecutor

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # refits run side by side, one thread each
try:
    import numpy as np
    from scipy import optimize
except ImportError:
    print("fit_scipy.py: no SciPy here: nothing is compared")
    sys.exit(0)

DELTA = 1e-3
E, A, ALPHA, B, BETA = range(5)


def planted(path):
    rng = np.random.default_rng(1)
    n, d = (x.ravel() for x in np.meshgrid(np.geomspace(4e7, 1e10, 16), np.geomspace(1e9, 1e12, 15)))
    loss = (1.8172 + 482.01 / n**0.3478 + 2085.43 / d**0.3658) * np.exp(0.004 * rng.standard_normal(n.size))
    with open(path, "w") as f:
        f.write("params,tokens,loss\n")
        f.writelines(f"{a:.17g},{b:.17g},{c:.17g}\n" for a, b, c in zip(n, d, loss))
    return np.log(n), np.log(d), loss


# ---- objectives, as tinyscale states them; theta = (ln E, ln A, alpha, ln B, beta), centred
class Problem:
    def __init__(self, x, y, loss, weight=None):
        self.x, self.y = x - x.mean(), y - y.mean()  # so that ln A is ln of a term at the middle
        self.shift = np.array([x.mean(), y.mean()])
        self.loss, self.ln_loss = loss, np.log(loss)
        self.weight = np.ones_like(loss) if weight is None else weight

    def terms(self, t):
        return np.exp(np.stack([np.full_like(self.x, t[E]), t[A] - t[ALPHA] * self.x, t[B] - t[BETA] * self.y]))

    def value(self, t, kind, delta=DELTA):
        e, a, b = self.terms(t)
        total = e + a + b
        raw = kind in ("l2-raw", "vpnls")
        r = total - self.loss if raw else np.log(total) - self.ln_loss
        if kind == "huber-log":
            size = np.abs(r)
            h, slope = np.where(size <= delta, r * r / 2, delta * (size - delta / 2)), np.clip(r, -delta, delta)
        elif kind == "lad-log":
            h, slope = np.abs(r), np.sign(r)
        else:
            h, slope = r * r, 2 * r
        g = self.weight * slope / (1 if raw else total)
        gradient = np.array([g @ e, g @ a, -g @ (a * self.x), g @ b, -g @ (b * self.y)])
        return self.weight @ h, gradient

    def start(self, rng):
        low = rng.uniform(0.5, 0.98) * self.loss.min()
        half = np.log((self.loss.mean() - low) / 2)
        return np.array([np.log(low), half, rng.uniform(0.1, 0.8), half, rng.uniform(0.1, 0.8)])

    def published(self, t):
        """theta with ln A of A itself"""
        t = np.array(t, float)
        t[A] += t[ALPHA] * self.shift[0]
        t[B] += t[BETA] * self.shift[1]
        return np.array([np.exp(t[E]), np.exp(t[A]), t[ALPHA], np.exp(t[B]), t[BETA]])


def descend(p, t, kind):
    """BFGS on the objective over delta, then Newton-like polish by repeating from where it stopped."""
    for _ in range(3):
        t = optimize.minimize(lambda u: tuple(v / DELTA for v in p.value(u, kind)), t, jac=True, method="BFGS",
                              options={"gtol": 1e-9}).x
    return t


def least_absolute(p, t):
    """Sequential linear programmes: sum |r + J s| within a box, a smaller box where it does not help."""
    box, best = 0.1, p.value(t, "lad-log")[0]
    m = p.x.size
    for _ in range(400):
        e, a, b = p.terms(t)
        total = e + a + b
        r = np.log(total) - p.ln_loss
        jac = np.stack([e, a, -a * p.x, b, -b * p.y], 1) / total[:, None]
        rows = np.vstack([np.hstack([jac, -np.eye(m)]), np.hstack([-jac, -np.eye(m)])])
        lp = optimize.linprog(np.r_[np.zeros(5), p.weight], rows, np.r_[-r, r],
                              bounds=[(-box, box)] * 5 + [(0, None)] * m, method="highs")
        step = lp.x[:5]
        value = p.value(t + step, "lad-log")[0]
        if value < best:
            t, best, box = t + step, value, box * 2
        else:
            box /= 4
        if box < 1e-12:
            break
    return t


def projected(p):
    """VPNLS: exponents on a grid, non-negative least squares inside, Nelder and Mead's simplex."""
    def squares(u):
        basis = np.stack([np.ones_like(p.x), np.exp(-u[0] * p.x), np.exp(-u[1] * p.y)], 1)
        c, rest = optimize.nnls(basis, p.loss)
        return rest**2, c
    grid = np.geomspace(0.05, 1.5, 32)
    u = min(((a, b) for a in grid for b in grid), key=lambda v: squares(v)[0])
    u = optimize.minimize(lambda v: squares(v)[0], u, method="Nelder-Mead",
                          options={"xatol": 1e-10, "fatol": 1e-15, "maxiter": 4000}).x
    c = np.log(squares(u)[1])
    return np.array([c[0], c[1], u[0], c[2], u[1]])


def multi_start(p, kind, n=32):
    if kind == "vpnls":
        return projected(p)
    rng = np.random.default_rng(0)
    smooth = "huber-log" if kind == "lad-log" else kind
    t = min((descend(p, p.start(rng), smooth) for _ in range(n)), key=lambda u: p.value(u, kind)[0])
    return least_absolute(p, t) if kind == "lad-log" else t


def refits(job):
    """Processor seconds of n of them."""
    x, y, loss, t, first, n = job
    begin = time.process_time()
    for k in range(first, first + n):
        weight = np.bincount(np.random.default_rng(k).integers(0, loss.size, loss.size), minlength=loss.size)
        p = Problem(x, y, loss)
        p.weight = weight.astype(float)
        optimize.minimize(lambda u: tuple(v / DELTA for v in p.value(u, "huber-log")), t, jac=True, method="BFGS",
                          options={"gtol": 1e-7})
    return time.process_time() - begin


# ---- tinyscale
def tinyscale(binary, path, *flags):
    """The JSON, wall seconds and processor seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    out = subprocess.run([binary, "fit", path, "--json", *flags], capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if out.returncode:
        sys.exit(f"fit_scipy.py: {out.stderr.strip()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(out.stdout), wall, cpu


def parameters(fit):
    return np.array([fit["params"][k]["value"] for k in ("E", "A", "alpha", "B", "beta")])


def compare_optima(binary, path, p):
    print("| estimator | objective, tinyscale | SciPy | E | alpha | beta, tinyscale | E | alpha | beta, SciPy |")
    print("|---|---|---|---|---|---|---|---|---|")
    worst = 0
    for kind in ("huber-log", "lad-log", "l2-log", "l2-raw", "vpnls"):
        ours, _, _ = tinyscale(binary, path, "--estimator", kind, "--resamples", "0")
        theirs = multi_start(p, kind)
        value, a, b = p.value(theirs, kind)[0], parameters(ours), p.published(theirs)
        show = [f"{v:.7g}" for v in (a[0], a[2], a[4], b[0], b[2], b[4])]
        print(f"| {kind} | {ours['objective']:.12g} | {value:.12g} | " + " | ".join(show) + " |")
        worst = max(worst, ours["objective"] / value - 1, float(np.max(np.abs(a[[0, 2, 4]] / b[[0, 2, 4]] - 1))))
    print(f"\ntinyscale's objective is nowhere higher, nor E, alpha, beta apart, by more than {worst:.1e} (relative)")
    return worst


def compare_times(binary, path, p, x, y, loss, rounds):
    cores = len(os.sched_getaffinity(0))
    n, ours_n = 40 * cores, 4000
    t = multi_start(p, "huber-log", 4)
    times = {k: [] for k in ("fit", "refit", "SciPy's fit", "SciPy's refit")}  # (wall, processor)
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(refits, [(x, y, loss, t, 0, 1)] * cores))  # imports off the clock
        for r in range(rounds):
            _, wall, cpu = tinyscale(binary, path, "--resamples", "0")
            times["fit"].append((wall, cpu))
            start, begin = time.perf_counter(), time.process_time()
            multi_start(p, "huber-log")
            times["SciPy's fit"].append((time.perf_counter() - start, time.process_time() - begin))
            _, all_wall, all_cpu = tinyscale(binary, path, "--resamples", str(ours_n), "--bootstrap", "group")
            times["refit"].append(((all_wall - wall) / ours_n, (all_cpu - cpu) / ours_n))
            start = time.perf_counter()
            used = pool.map(refits, [(x, y, loss, t, 1000 * r + 100 * c, n // cores) for c in range(cores)])
            used = sum(used)
            times["SciPy's refit"].append(((time.perf_counter() - start) / n, used / n))
    print(f"\nms, medians of {rounds} rounds in turns (least to largest); 32 starts a fit, refits on {cores} cores")
    for what in ("fit", "refit"):
        for k, unit in enumerate(("wall", "processor")):
            a, b = ([v[k] for v in times[name]] for name in (what, "SciPy's " + what))
            show = lambda v: f"{np.median(v) * 1e3:.4g} ({min(v) * 1e3:.4g} to {max(v) * 1e3:.4g})"
            print(f"  {what:6s} {unit:10s} tinyscale {show(a):28s} SciPy {show(b):28s} ratio {np.median(b) / np.median(a):.3g}")
    print(f"  4000 refits of tinyscale: {np.median([v[0] for v in times['refit']]) * 4000:.3g} s wall")
    if np.median([v[0] for v in times["SciPy's refit"]]) * cores > 1.5 * np.median([v[1] for v in times["SciPy's refit"]]):
        print("fit_scipy.py: somebody else takes processor time: the walls are worth little", file=sys.stderr)


def compare_failure(binary, path, x, y, loss):
    """L-BFGS-B with its defaults, uncentred theta, on mean and on sum."""
    p = Problem(x, y, loss)
    p.x, p.y, p.shift = x, y, np.zeros(2)
    centred = Problem(x, y, loss)
    rng = np.random.default_rng(0)
    starts = []
    for _ in range(32):
        t = centred.start(rng)
        t[A] += t[ALPHA] * centred.shift[0]
        t[B] += t[BETA] * centred.shift[1]
        starts.append(t)
    print("\nthe averaged objective under L-BFGS-B's defaults (32 starts scaled to the data)")
    for name, share, flags in (("mean", 1 / loss.size, ["--average"]), ("sum", 1, [])):
        done = [optimize.minimize(lambda u: tuple(v * share for v in p.value(u, "huber-log")), t, jac=True,
                                  method="L-BFGS-B") for t in starts]
        best = min(done, key=lambda d: d.fun)
        ours, _, _ = tinyscale(binary, path, "--resamples", "0", "--tolerance", "1e-5", *flags)
        print(f"  {name:4s}  SciPy alpha {best.x[ALPHA]:.4f} beta {best.x[BETA]:.4f} after {best.nit} steps, "
              f"{sum(d.nit <= 2 for d in done)} of 32 starts stop within two   "
              f"tinyscale alpha {parameters(ours)[2]:.4f} beta {parameters(ours)[4]:.4f} {ours['status']}")
    right, _, _ = tinyscale(binary, path, "--resamples", "0")
    print(f"  the minimum: alpha {parameters(right)[2]:.4f} beta {parameters(right)[4]:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", nargs="?", default="build/tinyscale")
    parser.add_argument("--rounds", type=int, default=3)
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "planted.csv")
        x, y, loss = planted(path)
        p = Problem(x, y, loss)
        worst = compare_optima(o.binary, path, p)
        compare_failure(o.binary, path, x, y, loss)
        compare_times(o.binary, path, p, x, y, loss, o.rounds)
    sys.exit(worst > 1e-5)


if __name__ == "__main__":
    main()
