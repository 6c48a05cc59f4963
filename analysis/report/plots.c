/* plots.c: the table of pictures. */
#include "analysis/report/plots.h"

#include <string.h>

// clang-format off
const PlotKind PLOTS[] = {
    {"loss-compute", "Loss against compute",
     "Every dot is one run, every coloured line one model size trained on more and more tokens"
     " (its number of parameters stands at one end). The heavy line is the least loss "
     "that the fitted law expects at each compute, with its interval; it is broken where no "
     "run has been. Follow it to the right: each step of the same width multiplies the cost, "
     "and buys less.",
     "Every dot is one run. A coloured line joins the runs of one model size, where it was trained at "
     "several lengths. The heavy line, where there is one, is the fitted law of compute with its "
     "interval; it is broken where no run has been. It is the loss of runs whose size and length "
     "grow as in these runs, and not of the best for its compute.",
     560, 430, true, plots_draw_loss_compute},
    {"reducible", "Reducible loss against compute",
     "The same runs with the irreducible part E of the fitted law taken away, on logarithmic "
     "axes both ways: what a power law turns into a straight line. Its slope is the price of "
     "progress; the band opens where E is not known well.",
     NULL,
     560, 430, true, plots_draw_reducible},
    {"loss-tokens", "Loss against training tokens",
     "One line per model size. Lines are the fitted law with its interval, dots the runs. "
     "Where a line turns flat, more data no longer help a model of this size.",
     NULL,
     560, 430, true, plots_draw_loss_tokens},
    {"loss-params", "Loss against parameters",
     "The same runs cut the other way: one line per number of training tokens. Where a line "
     "turns flat, a larger model no longer helps without more data.",
     NULL,
     560, 430, true, plots_draw_loss_params},
    {"isoloss", "Lines of equal loss",
     "Each thin line joins the sizes and token counts that the law expects to reach the same "
     "loss (the number at its end; gold is least); dots are the runs. The heavy line crosses "
     "each of them where it costs least compute: the best way to spend a budget.",
     "Each thin line joins the sizes and token counts that the law expects to reach the same "
     "loss (the number at its end; gold is least); dots are the runs.",
     560, 430, true, plots_draw_isoloss},
    {"curves", "Training curves",
     "Training loss along each run, averaged in steps of equal ratio and coloured by size. "
     "Runs of one size that are meant for different lengths part where the learning rate comes"
     " down. Broken lines are runs that did not end well.",
     NULL,
     560, 430, false, plots_draw_curves},
    {"residuals", "What the law leaves over",
     "ln L - ln L<sub>law</sub>, in percent (how far a run lies above the law), against size, "
     "tokens, and tokens per parameter. Dots scattered evenly about zero mean that the form of"
     " the law fits; a slope or a bow means that it does not, and that extrapolating it is "
     "unsafe.",
     "ln L - ln L<sub>law</sub>, in percent (how far a run lies above the law), against size, "
     "tokens, and tokens per parameter. Dots scattered evenly about zero mean that the form of"
     " the law fits along these runs; a slope or a bow means that it does not, and that "
     "extrapolating it is unsafe.",
     560, 640, true, plots_draw_residuals},
    {"fan", "Extrapolation",
     "The least loss at each compute, a hundred times beyond the runs. Each thin line is the law "
     "fitted again to resampled runs: all of them fit what was measured, and where they part, the "
     "runs have no say. The fan knows only the scatter of the runs; it is too narrow when the "
     "form of the law is wrong. The bars at ten and a hundred times the compute are what all laws "
     "foretell that were weighed, where there were several.",
     "The loss by the law of compute, a hundred times beyond the runs, for runs whose size and length "
     "grow as in these. Each thin line is the law fitted again to resampled runs: all of them fit "
     "what was measured, and where they part, the runs have no say. The fan knows only the scatter "
     "of the runs; it is too narrow when the form of the law is wrong.",
     560, 430, true, plots_draw_fan},
    {"clouds", "What the runs decide, and what only together",
     "Each dot is the law fitted again to resampled runs. A long thin cloud means that the runs "
     "fix a combination of the two values better than either: all along it the fits are about "
     "as good. Broken lines from the origin join equal a = beta / (alpha + beta), the exponent of "
     "the best size, at the ends of its interval.",
     "Each dot is the law fitted again to resampled runs. A long thin cloud means that the runs "
     "fix a combination of the two values better than either: all along it the fits are about "
     "as good.",
     560, 960, false, plots_draw_clouds},
    {"profiles", "What each parameter may be",
     "One parameter is held at each value along the axis and the others are fitted anew: how much "
     "worse the best fit becomes. Where the rise stays under the broken line, the runs do not contradict the value: the band is its interval, the diamond the estimate. A "
     "steep valley is a parameter that they decide, a flat side one that they do not.",
     NULL,
     560, 760, false, plots_draw_profiles},
    {"laws", "Laws compared",
     "Every law of the comparison, fitted to the same runs (left of the upright line), and what "
     "it says beyond them. Where the lines lie together on the runs and part to the right, the "
     "runs cannot tell the laws apart, and an extrapolation is the choice of a law.",
     NULL,
     560, 430, true, plots_draw_rivals},
    {"isoflop", "Equal compute, different sizes",
     "Each line joins runs that cost the same compute, divided differently between size and "
     "data. A diamond marks the lowest point, where the sizes that were run bracket it.",
     NULL,
     560, 430, false, plots_draw_isoflop},
    {"optima", "Best size against compute",
     "The size N* that is best for a compute C, and the exponent a of N* ~ C<sup>a</sup>: from the "
     "lowest points of the lines of equal compute, found in three ways, and from the law fitted to "
     "all losses. A parabola through all sizes of a budget is dragged by the far ones: where it "
     "leaves the others, it lies.",
     NULL,
     560, 430, false, plots_draw_optima},
    {"worth", "What it is worth",
     "How many times the compute, the time and the tokens of a run the baseline would take to reach "
     "the same loss; 1 is: worth nothing. Diamonds with their intervals are the means "
     "over training lengths at one size, dots the single lengths. Where all sizes have the same "
     "lengths, the larger are shorter of data, and a fall to the right is not yet a fall with "
     "scale; the sentences above allow for that.",
     NULL,
     560, 860, false, plots_draw_worth},
};
// clang-format on
const size_t N_PLOTS = COUNT_OF(PLOTS);

const PlotKind *plots_find(const char *name) {
    for (size_t i = 0; i < N_PLOTS; i++)
        if (strcmp(PLOTS[i].name, name) == 0) return &PLOTS[i];
    return NULL;
}

Status plots_draw(const PlotKind *kind, const Scene *s, PlotTerm term, Bytes *out, const char **why,
                  Err *err) {
    Plot p = plot_open(s->arena, term, kind->width, kind->height);
    p.label = kind->title;
    *out = (Bytes){0};
    *why = kind->draw(s, &p);
    Status status = *why ? OK : plot_render(&p, out, err);
    plot_close(&p);
    return status == OK ? OK : err_prefix(err, "picture %s: ", kind->name);
}
