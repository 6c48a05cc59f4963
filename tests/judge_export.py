"""judge_export.py TINYSCALE: PyTorch's opinion of exported checkpoints.

Tiny models are trained with the binary; their checkpoint/model.safetensors is loaded into
transformers where checkpoint/config.json names a public architecture (Llama, Qwen3, Qwen3-MoE,
Mixtral), into the twin below where there is none (a plain GELU MLP; shared experts, a bias on their
choice, sigmoid gates). On the same held-out windows, read here from the token file by the layouts that data/corpus.h and data/batch.h describe,
the loss must be what `tinyscale eval` says and the logits what it writes, to 1e-4. PyTorch computes
in double, so that the differences are those of tinyscale's floats. Of models with experts, held-out
tokens must have visited every one.

Without torch it says so and exits 0; without transformers the public architectures are skipped.
"""
import itertools
import json
import math
import os
import struct
import subprocess
import sys
import tempfile

try:
    import torch
    import torch.nn.functional as F
    from safetensors.torch import load_file
except ImportError as error:
    print(f"judge_export: skipped: {error.name} is not installed")
    sys.exit(0)
try:
    import transformers
    transformers.utils.logging.disable_progress_bar()
except ImportError:
    transformers = None

TOLERANCE = 1e-4
SETTINGS = {"layers": 2, "d_model": 32, "d_head": 8, "ctx": 32, "lanes": 2, "batch_tok": 512,
            "tokens": 51200, "eval_tok": 8192, "d_base": 64, "lr": 0.01,
            "data": {"source": "zipf-memory", "tokens": 200000, "heldout_tok": 40000}}
EXPERTS = {"activation": "swiglu", "tied": False, "qk_norm": True, "router": "renorm", "d_ff": 96,
           "experts": 4, "top_k": 1, "granularity": 2}  # 8, of which a token visits 2


# --- held-out windows, from the bytes -------------------------------------------------------------


def philox4x32(counter, key):
    """Salmon et al. 2011, ten rounds."""
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c


def hash_bytes(data, start):
    """FNV-1a, then SplitMix64's finaliser."""
    mask = 2**64 - 1
    h = 0xCBF29CE484222325 ^ start
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & mask
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & mask
    h = (h ^ h >> 27) * 0x94D049BB133111EB & mask
    return h ^ h >> 31


def stream_below(seed, name, index, n):
    """floor(n u) of the stream's draw number `index`, u a fraction of 128 bits."""
    h = hash_bytes(name.encode(), hash_bytes(struct.pack("<Q", seed), 0))
    out = philox4x32([index & 0xFFFFFFFF, index >> 32, 0, 0], (h & 0xFFFFFFFF, h >> 32))
    a, b = out[0] | out[1] << 32, out[2] | out[3] << 32
    return (a << 64 | b) * n >> 128


def heldout_tokens(path):
    with open(path, "rb") as file:
        raw = file.read()
    head = struct.unpack_from("<8s4I4Q", raw)
    magic, version, size, _, _, train, heldout, documents, facts = head
    assert magic == b"TSCORPUS" and version == 1, path
    at = 64 + facts + 8 * documents + size * train
    return torch.frombuffer(bytearray(raw[at:at + size * heldout]),
                            dtype=torch.uint8 if size == 1 else torch.uint16).long()


def heldout_windows(tokens, ctx, eval_tok):
    """(windows, ctx + 1): one in each of equal slots, at a place drawn from stream (0, "eval")."""
    fit = (len(tokens) - 1) // ctx
    n = max(1, min(eval_tok // ctx, fit))
    slot = (len(tokens) - 1) // n
    first = [i * slot + stream_below(0, "eval", i, slot - ctx + 1) for i in range(n)]
    return torch.stack([tokens[f:f + ctx + 1] for f in first])


# --- models ---------------------------------------------------------------------------------------


def rms_norm(x, gain, eps):
    return x * (x.pow(2).mean(-1, keepdim=True) + eps).rsqrt() * gain


def rotate(x, theta):  # (windows, heads, T, D)
    T, D = x.shape[-2:]
    angle = torch.arange(T).double()[:, None] * theta ** (-torch.arange(0, D, 2).double() / D)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], dim=-1)


def mlp(w, x):
    """w(name): that weight of the MLP; without a gate it is GELU's."""
    up = x @ w("up_proj").T
    gate = w("gate_proj")
    return (F.gelu(up, approximate="tanh") if gate is None else F.silu(x @ gate.T) * up) \
        @ w("down_proj").T


def experts(w, config, x):
    """w(name): that weight of the layer's experts."""
    score = x @ w("gate").T
    p = score.sigmoid() if config["scoring_func"] == "sigmoid" else score.softmax(-1)
    choice = p + w("gate.e_score_correction_bias") if config["use_expert_bias"] else p
    chosen = choice.topk(config["num_experts_per_tok"]).indices
    gates = p.gather(-1, chosen)
    if config["norm_topk_prob"]:
        gates = gates / gates.sum(-1, keepdim=True)
    y = mlp(lambda name: w(f"shared_experts.{name}"), x) if config["n_shared_experts"] else 0
    for e in range(config["num_experts"]):
        gate = (gates * (chosen == e)).sum(-1, keepdim=True)
        y = y + gate * mlp(lambda name, e=e: w(f"experts.{e}.{name}"), x)
    return y


def twin_logits(weights, config, tokens):
    """A Llama or Qwen3 block with any MLP or experts."""
    eps, heads = config["rms_norm_eps"], config["num_attention_heads"]
    x = weights["model.embed_tokens.weight"][tokens]
    for layer in range(config["num_hidden_layers"]):
        def w(name, layer=layer):
            name = f"model.layers.{layer}.{name}"
            return weights.get(f"{name}.weight", weights.get(name))
        n = rms_norm(x, w("input_layernorm"), eps)
        q, k, v = ((n @ w(f"self_attn.{part}_proj").T).unflatten(-1, (heads, -1)).transpose(1, 2)
                   for part in "qkv")
        if config["qk_norm"]:
            q = rms_norm(q, w("self_attn.q_norm"), eps)
            k = rms_norm(k, w("self_attn.k_norm"), eps)
        q, k = rotate(q, config["rope_theta"]), rotate(k, config["rope_theta"])
        score = q @ k.transpose(-1, -2) / math.sqrt(config["head_dim"])
        future = torch.ones(score.shape[-2:], dtype=torch.bool).triu(1)
        y = score.masked_fill(future, -math.inf).softmax(-1) @ v
        x = x + y.transpose(1, 2).flatten(2) @ w("self_attn.o_proj").T
        n = rms_norm(x, w("post_attention_layernorm"), eps)
        def part(name, w=w):
            return w(f"mlp.{name}")
        x = x + (mlp(part, n) if part("gate") is None else experts(part, config, n))
    head = "model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"
    return rms_norm(x, weights["model.norm.weight"], eps) @ weights[head].T


def public_logits(checkpoint, config, tokens):
    architecture = getattr(transformers, config["architectures"][0])
    how = {"attn_implementation": "eager"}
    if "num_experts_per_tok" in config and int(transformers.__version__.split(".")[0]) >= 5:
        how["experts_implementation"] = "eager"  # the faster ones have no double
    model, info = architecture.from_pretrained(
        checkpoint, dtype=torch.float64, output_loading_info=True, **how)
    complaints = {kind: found for kind, found in info.items() if found}
    assert not complaints, complaints
    return model.eval()(tokens).logits


def torch_logits(checkpoint, tokens):
    with open(os.path.join(checkpoint, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    with torch.no_grad():
        if config["architectures"]:
            return config["architectures"][0], public_logits(checkpoint, config, tokens)
        weights = load_file(os.path.join(checkpoint, "model.safetensors"))
        weights = {name: w.double() for name, w in weights.items()}
        return "twin", twin_logits(weights, config, tokens)


# --- which models ---------------------------------------------------------------------------------


def dense_models():
    """Name, who must judge, changes of SETTINGS."""
    both = [False, True]
    for activation, tied, qk_norm in itertools.product(["gelu", "swiglu"], both, both):
        name = f"{activation} {'tied' if tied else 'untied'}{' qk_norm' if qk_norm else ''}"
        public = "Qwen3ForCausalLM" if qk_norm else "LlamaForCausalLM"
        yield name, "twin" if activation == "gelu" else public, {
            "activation": activation, "tied": tied, "qk_norm": qk_norm}


def expert_models():
    """The same; changes of EXPERTS."""
    qwen, mixtral = "Qwen3MoeForCausalLM", "MixtralForCausalLM"
    plain, second = {"qk_norm": False}, {"moe_every": 2}
    softmax, topk, sigmoid = ({"router": router} for router in ["softmax", "topk", "sigmoid"])
    yield "renorm", qwen, {}
    yield "renorm every 2", qwen, second
    yield "topk tied", qwen, {**topk, "tied": True}
    yield "softmax", qwen, softmax
    yield "softmax every 2 tied", qwen, {**softmax, **second, "tied": True}
    yield "renorm, some dropped", qwen, {"dropless": False, "capacity": 0.8}
    yield "renorm plain", mixtral, plain
    yield "topk plain tied", mixtral, {**topk, **plain, "tied": True}
    yield "softmax plain", "twin", {**softmax, **plain}
    yield "topk plain every 2", "twin", {**topk, **plain, **second}
    yield "sigmoid", "twin", sigmoid
    yield "renorm bias", "twin", {"balance": "bias"}
    yield "sigmoid bias shared", "twin", {**sigmoid, "balance": "bias", "shared": 1}
    yield "shared every 2", "twin", {**second, "shared": 1}
    yield "gelu topk", "twin", {**topk, "activation": "gelu"}
    yield "gelu shared softmax", "twin", {**softmax, "activation": "gelu", "shared": 1}


def models():
    yield from dense_models()
    for name, judge_name, change in expert_models():
        yield f"experts {name}", judge_name, {**EXPERTS, **change}


# --- the comparison -------------------------------------------------------------------------------


def judge(binary, directory, corpus, change):
    """Train one model; (who judged, our loss, theirs, largest difference of logits)."""
    settings = {**SETTINGS, "init_embed": 0.05 if change["tied"] else 0.5, **change}
    names = ("c.json", "run", "logits.safetensors")
    config, run, dump = (os.path.join(directory, name) for name in names)
    with open(config, "w", encoding="utf-8") as file:
        json.dump(settings, file)

    def tinyscale(*words):
        return subprocess.run([binary, *words, "--corpus", corpus], check=True,
                              capture_output=True, text=True).stdout

    tinyscale("train", config, "--out", run)
    with open(os.path.join(run, "result.json"), encoding="utf-8") as file:
        assert "experts" not in change or json.load(file)["dead_experts"] == 0, "idle experts"
    said = json.loads(tinyscale("eval", run, "--json", "--logits", dump))
    tokens = heldout_tokens(corpus)
    windows = heldout_windows(tokens, settings["ctx"], settings["eval_tok"])
    who, logits = torch_logits(os.path.join(run, "checkpoint"), windows[:, :-1])
    losses = F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten(), reduction="none")
    first = load_file(dump)
    n = len(first["tokens"])
    assert torch.equal(first["tokens"].long(), windows[:n, :-1]), "not the windows of batch.h"
    apart = (first["logits"].double() - logits[:n].flatten(0, 1)).abs().max().item()
    return who, said["loss"], losses.mean().item(), apart


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.abspath(sys.argv[1])
    versions = getattr(transformers, "__version__", "missing")
    print(f"judge_export: torch {torch.__version__}, transformers {versions}")
    print(f"{'model':29} {'judge':20} {'loss':>9} {'apart':>9} {'logits':>9}")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as directory:
        corpus = os.path.join(directory, "corpus.tok")
        data = [f"--{key.replace('_', '-')}={value}" for key, value in SETTINGS["data"].items()]
        subprocess.run([binary, "data", "make", *data, "--out", corpus], check=True,
                       capture_output=True)
        for name, judge_name, change in models():
            if judge_name != "twin" and not transformers:
                counts["skipped"] += 1
                print(f"{name:29} skipped: transformers is not installed")
                continue
            place = os.path.join(directory, name.replace(" ", "-"))
            os.mkdir(place)
            who, loss, theirs, logits = judge(binary, place, corpus, change)
            assert who == judge_name, f"{name}: {who} should be {judge_name}"
            good = abs(loss - theirs) <= TOLERANCE and logits <= TOLERANCE  # false for a NaN
            counts["passed" if good else "failed"] += 1
            print(f"{name:29} {who:20} {loss:9.5f} {loss - theirs:9.1e} {logits:9.1e}"
                  f"{'' if good else '  FAILED'}")
    print(", ".join(f"{n} {word}" for word, n in counts.items() if n or word != "skipped"))
    sys.exit(1 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
