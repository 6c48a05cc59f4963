"""twin.py: tinyscale's model and training step as a PyTorch user would write them for speed.

Pre-norm transformer: RMSNorm with gain, QK-norm, RoPE (half-split), GELU of 4 d, no biases, untied
head. AdamW, gradients clipped at norm 1. float32 throughout.
"""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

VOCAB, EPS, THETA, LR = 256, 1e-6, 10000.0, 0.004


@dataclass(frozen=True)
class Shape:
    name: str
    layers: int
    d_model: int
    d_head: int
    ctx: int
    batch_tok: int

    def f3_per_token(self):
        """Training FLOPs: matrix products with parameters, and attention to the past only."""
        products = 12 * self.layers * self.d_model**2 + self.d_model * VOCAB
        return 6 * products + 6 * self.layers * self.ctx * self.d_model


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x, self.gain.shape, self.gain, EPS)


def linear(fan_in, fan_out, zero=False):
    layer = nn.Linear(fan_in, fan_out, bias=False)
    nn.init.normal_(layer.weight, std=0 if zero else fan_in**-0.5)
    return layer


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        d = shape.d_model
        self.heads = (d // shape.d_head, shape.d_head)
        self.norm1, self.norm2 = Norm(d), Norm(d)
        self.qnorm, self.knorm = Norm(shape.d_head), Norm(shape.d_head)
        self.wqkv, self.wo = linear(d, 3 * d), linear(d, d, zero=True)
        self.w1, self.w2 = linear(d, 4 * d), linear(4 * d, d, zero=True)

    def forward(self, x, cos, sin):  # (B, T, C)
        def rotate(u):  # (B, T, H, D)
            a, b = u.chunk(2, dim=-1)
            return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)

        q, k, v = self.wqkv(self.norm1(x)).unflatten(-1, (3, *self.heads)).unbind(2)
        q, k, v = (u.transpose(1, 2) for u in (rotate(self.qnorm(q)), rotate(self.knorm(k)), v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.wo(y.transpose(1, 2).flatten(2))
        return x + self.w2(F.gelu(self.w1(self.norm2(x)), approximate="tanh"))


class Twin(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, shape.d_model)
        nn.init.normal_(self.embed.weight, std=0.5)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.normf = Norm(shape.d_model)
        self.head = linear(shape.d_model, VOCAB, zero=True)
        rate = THETA ** (-torch.arange(0, shape.d_head, 2).double() / shape.d_head)
        angle = torch.arange(shape.ctx).double()[:, None, None] * rate  # (T, 1, D / 2)
        self.register_buffer("cos", angle.cos().float())
        self.register_buffer("sin", angle.sin().float())

    def forward(self, tokens, targets):  # (B, T) each; the mean loss in nats
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, self.cos, self.sin)
        return F.cross_entropy(self.head(self.normf(x)).flatten(0, 1), targets.flatten())


def adamw(model, d_model):
    """Matrices of the blocks decay and get muP's rate. Fused if this build has it for a CPU, which
    is several times faster than foreach."""
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    chosen = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    groups = [{"params": matrices, "lr": LR * 64 / d_model, "weight_decay": 0.1},
              {"params": rest, "lr": LR, "weight_decay": 0.0}]
    try:
        return torch.optim.AdamW(groups, betas=(0.9, 0.99), eps=1e-12, fused=True)
    except RuntimeError:
        return torch.optim.AdamW(groups, betas=(0.9, 0.99), eps=1e-12, foreach=True)


def synthetic_tokens(documents=1024, length=1024):
    """A chain in which every byte has four successors: a model falls from ln 256 towards ln 4."""
    successors = torch.randint(VOCAB, (VOCAB, 4))
    columns = [torch.randint(VOCAB, (documents,))]
    for _ in range(length - 1):
        columns.append(successors[columns[-1], torch.randint(4, (documents,))])
    return torch.stack(columns, dim=1).flatten()


class Trainee:
    """A model in training; step() is one whole training step."""

    def __init__(self, shape, data, compiled):
        self.shape, self.data, self.losses = shape, data, []
        self.model = Twin(shape)
        self.loss_of = torch.compile(self.model, dynamic=False) if compiled else self.model
        self.optimizer = adamw(self.model, shape.d_model)
        self.window = torch.arange(shape.ctx + 1)

    def step(self):
        windows = self.shape.batch_tok // self.shape.ctx
        first = torch.randint(len(self.data) - self.shape.ctx, (windows, 1))
        rows = self.data[first + self.window]
        loss = self.loss_of(rows[:, :-1], rows[:, 1:])
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.losses.append(loss.detach())
