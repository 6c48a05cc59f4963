/* config.c: the run's field table, its defaults and its checks. */
#include "train/config.h"

#include <stdio.h>

#include "base/rng.h"

/* The words of each choice, in the order of its enum. */
static const char *const ACTIVATIONS[] = {[ACT_GELU] = "gelu", [ACT_SWIGLU] = "swiglu", NULL};
static const char *const ROUTERS[] = {[ROUTER_SOFTMAX] = "softmax",
                                      [ROUTER_RENORM] = "renorm",
                                      [ROUTER_TOPK] = "topk",
                                      [ROUTER_SIGMOID] = "sigmoid",
                                      NULL};
static const char *const BALANCES[] = {
    [BALANCE_AUX] = "aux", [BALANCE_BIAS] = "bias", [BALANCE_NONE] = "none", NULL};
static const char *const PARAMETRIZATIONS[] = {
    [PARAMETRIZATION_MUP] = "mup", [PARAMETRIZATION_SP] = "sp", NULL};

// clang-format off
#define AT(member) offsetof(RunConfig, member)
static const Field ROWS[] = {
    {"layers",          FIELD_INT,    AT(layers),          1, 1000, NULL, "",       "transformer blocks"},
    {"d_model",         FIELD_INT,    AT(d_model),         2, 65536, NULL, "",      "width of the residual stream, a multiple of d_head"},
    {"d_head",          FIELD_INT,    AT(d_head),          2, 1024, NULL, "",       "width of an attention head, even"},
    {"d_ff",            FIELD_INT,    AT(d_ff),            0, 1<<20, NULL, "",      "width of the MLP; 0 is 4 d_model (gelu), 8/3 d_model rounded up to 8 (swiglu)"},
    {"ctx",             FIELD_INT,    AT(ctx),             1, 65536, NULL, "tokens", "context: predictions per window"},
    {"activation",      FIELD_ENUM,   AT(activation),      0, -1, ACTIVATIONS, "",  "the MLP's nonlinearity"},
    {"qk_norm",         FIELD_BOOL,   AT(qk_norm),         0, -1, NULL, "",         "RMSNorm on every query and key head"},
    {"tied",            FIELD_BOOL,   AT(tied),            0, -1, NULL, "",         "the head is the embedding"},
    {"experts",         FIELD_INT,    AT(experts),         1, 4096, NULL, "",       "experts instead of one MLP, together top_k wide; 1 is a dense model, whatever the next fields say"},
    {"top_k",           FIELD_INT,    AT(top_k),           1, 4096, NULL, "",       "how many of the experts a token visits"},
    {"granularity",     FIELD_INT,    AT(granularity),     1, 4096, NULL, "",       "pieces that every expert is cut into: so many times more of them, and more to visit"},
    {"shared",          FIELD_INT,    AT(shared),          0, 4096, NULL, "",       "experts that every token visits besides"},
    {"moe_every",       FIELD_INT,    AT(moe_every),       1, 1000, NULL, "layers", "every so-many-th layer has experts, the others an MLP"},
    {"router",          FIELD_ENUM,   AT(router),          0, -1, ROUTERS, "",      "gates: softmax over all; renorm: the same, made to sum to 1; topk: softmax over the chosen; sigmoid, made to sum to 1"},
    {"balance",         FIELD_ENUM,   AT(balance),         0, -1, BALANCES, "",     "of the experts' load: aux adds a loss; bias favours the idle when experts are chosen; none"},
    {"aux_loss",        FIELD_REAL,   AT(aux_loss),        0, 100, NULL, "",        "aux: weight of the balance loss"},
    {"z_loss",          FIELD_REAL,   AT(z_loss),          0, 100, NULL, "",        "weight of the loss that keeps the router's scores small"},
    {"bias_rate",       FIELD_REAL,   AT(bias_rate),       0, 10, NULL, "per step", "bias: what an expert's bias gains or loses"},
    {"dropless",        FIELD_BOOL,   AT(dropless),        0, -1, NULL, "",         "experts take all tokens that choose them"},
    {"capacity",        FIELD_REAL,   AT(capacity),        0.01, 1000, NULL, "",    "not dropless: tokens an expert takes, as a multiple of an even share; in training only"},
    {"parametrization", FIELD_ENUM,   AT(parametrization), 0, -1, PARAMETRIZATIONS, "", "mup: hidden learning rates fall as d_base / d_model; sp: one rate for all"},
    {"d_base",          FIELD_INT,    AT(d_base),          1, 65536, NULL, "",      "mup: the width at which lr is meant"},
    {"init_embed",      FIELD_REAL,   AT(init_embed),      0, 100, NULL, "",        "standard deviation of the embedding at the start; 0 is 0.5, or 0.05 when tied"},
    {"embed_lr",        FIELD_REAL,   AT(embed_lr),        0, 1000, NULL, "",       "mup: the embedding's learning rate, as a multiple of lr"},
    {"tokens",          FIELD_COUNT,  AT(tokens),          1, 1e15, NULL, "tokens", "training tokens, rounded down to whole batches"},
    {"batch_tok",       FIELD_COUNT,  AT(batch_tok),       1, 1e9, NULL, "tokens",  "tokens per optimizer step, a multiple of lanes x ctx"},
    {"lanes",           FIELD_INT,    AT(lanes),           1, 256, NULL, "",        "fixed pieces of a batch; at most so many threads help"},
    {"lr",              FIELD_REAL,   AT(lr),              0, 100, NULL, "",        "peak learning rate (mup: of the hidden matrices at d_model = d_base)"},
    {"beta1",           FIELD_REAL,   AT(beta1),           0, 0.99999, NULL, "",    "AdamW: memory of the mean gradient"},
    {"beta2",           FIELD_REAL,   AT(beta2),           0, 0.9999999, NULL, "",  "AdamW: memory of the squared gradient"},
    {"eps",             FIELD_REAL,   AT(eps),             0, 1, NULL, "",          "AdamW: added to the root of the squared gradient"},
    {"weight_decay",    FIELD_REAL,   AT(weight_decay),    0, 100, NULL, "",        "AdamW: decay of the blocks' matrices, per step lr x this"},
    {"clip",            FIELD_REAL,   AT(clip),            0, 1e9, NULL, "",        "largest gradient norm; 0 never clips"},
    {"schedule",        FIELD_ENUM,   AT(schedule),        0, -1, SCHEDULE_NAMES, "", "learning rate over the run, after warm-up"},
    {"warmup",          FIELD_REAL,   AT(warmup),          0, 1e9, NULL, "",        "linear warm-up: up to 1 a share of the steps, above 1 so many steps, as runs need that branch off one trunk"},
    {"decay",           FIELD_REAL,   AT(decay),           0, 1, NULL, "of steps",  "wsd: the final decay to zero"},
    {"eval_tok",        FIELD_COUNT,  AT(eval_tok),        1, 1e12, NULL, "tokens", "held-out tokens of the final loss"},
    {"log_steps",       FIELD_INT,    AT(log_steps),       1, 1<<30, NULL, "steps", "a log line every so many steps"},
    {"seed",            FIELD_COUNT,  AT(seed),            0, 9e15, NULL, "",       "of initialisation and data order"},
    {"perturb",         FIELD_COUNT,  AT(perturb),         0, 9e15, NULL, "",       "above 0: nudges every initial weight by a unit in its last place, up or down at random; runs that differ in this alone differ by rounding"},
};
// clang-format on

const FieldTable RUN_FIELDS = {"run config", ROWS, COUNT_OF(ROWS)};

RunConfig run_config_default(void) {
    return (RunConfig){
        .layers = 4,
        .d_model = 32,
        .d_head = 16,
        .ctx = 64,
        .activation = ACT_GELU,
        .qk_norm = true,
        .experts = 1,
        .top_k = 1,
        .granularity = 1,
        .moe_every = 1,
        .router = ROUTER_SOFTMAX,
        .balance = BALANCE_AUX,
        .aux_loss = 0.03, // Switch has 0.01, too slow for runs as short as these (docs/LOG.md)
        .z_loss = 0.001,
        .bias_rate = 0.01,
        .dropless = true,
        .capacity = 1.25,
        .parametrization = PARAMETRIZATION_MUP,
        .d_base = 64,
        .embed_lr = 2,
        .tokens = 1000000,
        .batch_tok = 1024,
        .lanes = 2,
        .lr = 4e-3,
        .beta1 = 0.9,
        .beta2 = 0.99,
        .eps = 1e-12,
        .weight_decay = 0.1,
        .clip = 1,
        .schedule = SCHEDULE_WSD,
        .warmup = 0.02,
        .decay = 0.2,
        .eval_tok = 65536,
        .log_steps = 10,
        .seed = 1,
        .data = data_spec_default(),
    };
}

Status run_config_from_json(RunConfig *c, Arena *arena, const JsonDoc *doc, const Json *object,
                            Err *err) {
    static const char *const elsewhere[] = {"data", NULL};
    TRY(fields_from_json(&RUN_FIELDS, c, arena, doc, object, elsewhere, err));
    const Json *data = json_get(object, "data");
    if (data) TRY(fields_from_json(&DATA_FIELDS, &c->data, arena, doc, data, NULL, err));
    return OK;
}

void run_config_to_json(const RunConfig *c, JsonOut *out) {
    json_begin(out, "data", '{');
    fields_to_json(&DATA_FIELDS, &c->data, out);
    json_end(out);
    run_config_canonical(c, out);
}

void run_config_canonical(const RunConfig *c, JsonOut *out) {
    for (size_t i = 0; i < RUN_FIELDS.n; i++)
        if (ROWS[i].offset != AT(perturb) || c->perturb > 0) field_to_json(&ROWS[i], c, out);
}

static int default_d_ff(const RunConfig *c) {
    if (c->activation == ACT_GELU) return 4 * c->d_model;
    return (8 * c->d_model / 3 + 7) / 8 * 8;
}

static int d_ff_of(const RunConfig *c) {
    return c->d_ff ? c->d_ff : default_d_ff(c);
}

bool run_config_has_experts(const RunConfig *c) {
    return c->experts > 1;
}

static Status check_schedule(const RunConfig *c, Err *err) {
    const bool decays = c->schedule == SCHEDULE_WSD;
    const double steps = (double)run_config_steps(c);
    if (c->warmup > 1 && c->warmup + (decays ? c->decay * steps : 0) > steps)
        FAIL(err, E_USAGE, "warmup of %g steps%s do%s not fit into the run's %.0f steps", c->warmup,
             decays ? " and decay" : "", decays ? "" : "es", steps);
    if (c->warmup <= 1 && decays && c->warmup + c->decay > 1)
        FAIL(err, E_USAGE, "warmup %g and decay %g are shares of one run: together at most 1",
             c->warmup, c->decay);
    return OK;
}

static Status check_experts(const RunConfig *c, Err *err) {
    if (!run_config_has_experts(c)) return OK;
    if (c->top_k > c->experts)
        FAIL(err, E_USAGE, "top_k %d is more than experts %d: a token visits some of them",
             c->top_k, c->experts);
    if (c->top_k * c->granularity == 1 && c->router != ROUTER_SOFTMAX)
        FAIL(err, E_USAGE,
             "router %s with top_k 1: a single gate would always be 1 and the router learn "
             "nothing: softmax, or top_k 2",
             ROUTERS[c->router]);
    const int64_t pieces = (int64_t)(c->top_k + c->shared) * c->granularity;
    if (d_ff_of(c) % pieces)
        FAIL(err, E_USAGE,
             "d_ff %d does not split into (top_k %d + shared %d) x granularity %d = %lld equal "
             "experts: %lld would",
             d_ff_of(c), c->top_k, c->shared, c->granularity, (long long)pieces,
             (long long)((d_ff_of(c) / pieces + 1) * pieces));
    if ((int64_t)c->experts * c->granularity > 4096)
        FAIL(err, E_USAGE, "experts %d x granularity %d is more than 4096", c->experts,
             c->granularity);
    if (c->moe_every > c->layers)
        FAIL(err, E_USAGE, "moe_every %d: of %d layers none would have experts", c->moe_every,
             c->layers);
    return OK;
}

Status run_config_check(const RunConfig *c, Err *err) {
    const uint64_t lane_tok = (uint64_t)c->lanes * (uint64_t)c->ctx;
    if (c->d_model % c->d_head)
        FAIL(err, E_USAGE, "d_model %d is not a multiple of d_head %d: %d or %d would be",
             c->d_model, c->d_head, c->d_model / c->d_head * c->d_head,
             (c->d_model / c->d_head + 1) * c->d_head);
    if (c->d_head % 2)
        FAIL(err, E_USAGE, "d_head %d is odd: rotary embedding pairs a head's channels", c->d_head);
    if (c->batch_tok % lane_tok)
        FAIL(err, E_USAGE,
             "batch_tok %llu is not a multiple of lanes x ctx = %d x %d = %llu: %llu would be",
             (unsigned long long)c->batch_tok, c->lanes, c->ctx, (unsigned long long)lane_tok,
             (unsigned long long)((c->batch_tok / lane_tok + 1) * lane_tok));
    if (c->tokens < c->batch_tok)
        FAIL(err, E_USAGE, "tokens %llu is less than one batch of batch_tok %llu",
             (unsigned long long)c->tokens, (unsigned long long)c->batch_tok);
    TRY(check_schedule(c, err));
    return check_experts(c, err);
}

int run_config_sequences(const RunConfig *c) {
    return (int)(c->batch_tok / (uint64_t)c->ctx) / c->lanes;
}

static int micro_batch(const RunConfig *c) {
    const int sequences = run_config_sequences(c);
    const int most = run_config_has_experts(c) ? MICRO_TOK_EXPERTS : MICRO_TOK;
    int parts = 1;
    while (parts < sequences && (sequences % parts || sequences / parts * c->ctx > most)) parts++;
    return sequences / parts;
}

static Moe moe_of(const RunConfig *c) {
    if (!run_config_has_experts(c)) return (Moe){0};
    const int pieces = (c->top_k + c->shared) * c->granularity;
    return (Moe){
        .E = c->experts * c->granularity,
        .K = c->top_k * c->granularity,
        .S = c->shared * c->granularity,
        .F = d_ff_of(c) / pieces,
        .every = c->moe_every,
        .router = c->router,
        .biased = c->balance == BALANCE_BIAS,
        .aux = (real)(c->balance == BALANCE_AUX ? c->aux_loss : 0),
        .z = (real)c->z_loss,
        .capacity = (real)(c->dropless ? 0 : c->capacity),
    };
}

Dims run_config_dims(const RunConfig *c, int vocab) {
    const bool mup = c->parametrization == PARAMETRIZATION_MUP;
    return (Dims){
        .B = micro_batch(c),
        .T = c->ctx,
        .C = c->d_model,
        .L = c->layers,
        .H = c->d_model / c->d_head,
        .D = c->d_head,
        .F = d_ff_of(c),
        .V = vocab,
        .act = c->activation,
        .qk_norm = c->qk_norm,
        .tied = c->tied,
        .logit_scale = (real)(c->tied && mup ? (double)c->d_base / c->d_model : 1),
        .moe = moe_of(c),
    };
}

double run_config_init_embed(const RunConfig *c) {
    // when tied, a token's own logit starts at about init_embed * d_base: a small one keeps the
    // model from being certain that each token is followed by itself
    if (c->init_embed > 0) return c->init_embed;
    return c->tied ? 0.05 : 0.5;
}

uint64_t run_config_steps(const RunConfig *c) {
    return c->tokens / c->batch_tok;
}

void run_config_id(const RunConfig *c, uint64_t corpus_hash, char id[13]) {
    // The corpus hash stands for the spec of the data: a run does not change with the place or the
    // name of a text.
    JsonOut out = json_out(0);
    json_begin(&out, NULL, '{');
    run_config_canonical(c, &out);
    json_put_count(&out, "numerics", NUMERICS_VERSION);
    json_end(&out);
    const uint64_t hash = hash_bytes(out.text.s, out.text.size, corpus_hash);
    snprintf(id, 13, "%012llx", (unsigned long long)(hash >> 16));
    text_close(&out.text);
}
