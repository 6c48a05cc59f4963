/* plot.c: builds a gnuplot script and runs it. The script, the picture and the error messages pass
 * through unnamed temporary files (tmpfile), so that no pipe can block and no file remains. */
#include "analysis/report/plot.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const PLOT_TERM_NAMES[] = {"svg", "png", "dumb", NULL};

/* Style of every picture: open frame, light grid, key above the data. */
static const char STYLE[] =
    "set encoding utf8\n"
    "set border 3 lc rgb 'black' lw 1\n"
    "set tics out nomirror scale 0.6,0.3 textcolor rgb 'black'\n"
    "set key tmargin left horizontal Left reverse samplen 1.6 width 1 maxrows 2\n"
    "set style fill transparent solid 0.16 noborder\n"
    "set clip two\n"
    "set datafile missing 'nan'\n";

static void set_terminal(Plot *p) {
    const int w = p->width, h = p->height;
    switch (p->term) {
    case PLOT_SVG:
        text_add(&p->script, "set terminal svg size %d,%d enhanced font 'sans-serif,15'\n", w, h);
        break;
    case PLOT_PNG:
        text_add(&p->script,
                 "set terminal pngcairo size %d,%d enhanced font 'sans,24' linewidth 2 "
                 "pointscale 2 background rgb 'white'\n",
                 2 * w, 2 * h);
        break;
    case PLOT_DUMB:
        text_add(&p->script, "set terminal dumb size 96,%d mono noenhanced\n", h * 30 / 390);
        break;
    }
    text_add(&p->script, "%sset grid lt 1 lw 0.6 lc rgb '%s'\n", STYLE,
             p->term == PLOT_PNG ? "#dcdcdc" : "#808080");
    if (p->term == PLOT_DUMB) text_add(&p->script, "unset grid\n");
}

Plot plot_open(Arena *arena, PlotTerm term, int width, int height) {
    Plot p = {.arena = arena, .term = term, .width = width, .height = height, .label = ""};
    set_terminal(&p);
    return p;
}

void plot_close(Plot *p) {
    text_close(&p->script);
    text_close(&p->elements);
}

static void end_block(Plot *p) {
    if (p->in_block) text_add(&p->script, "EOB\n");
    p->in_block = false;
}

void plot_say(Plot *p, const char *format, ...) {
    end_block(p);
    va_list args;
    va_start(args, format);
    text_add_list(&p->script, format, args);
    va_end(args);
    text_add(&p->script, "\n");
}

void plot_block(Plot *p) {
    end_block(p);
    text_add(&p->script, "$b%d << EOB\n", ++p->n_blocks);
    p->in_block = true;
}

void plot_row(Plot *p, const double *cells, size_t n) {
    MUST(p->in_block);
    for (size_t i = 0; i < n; i++)
        if (isfinite(cells[i]))
            text_add(&p->script, "%s%.8g", i ? " " : "", cells[i]);
        else
            text_add(&p->script, "%snan", i ? " " : "");
    text_add(&p->script, "\n");
}

void plot_gap(Plot *p) {
    MUST(p->in_block);
    text_add(&p->script, "\n");
}

double plot_hover(Plot *p, const char *format, ...) {
    if (p->n_hover == p->hover_capacity) {
        const size_t capacity = p->hover_capacity ? 2 * p->hover_capacity : 64;
        const char **grown = ARENA_ARRAY(p->arena, const char *, capacity);
        if (p->n_hover) memcpy(grown, p->hover, p->n_hover * sizeof *grown);
        p->hover = grown;
        p->hover_capacity = capacity;
    }
    char buffer[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    p->hover[p->n_hover] = arena_strdup(p->arena, buffer);
    return (double)p->n_hover++;
}

void plot_series(Plot *p, const char *format, ...) {
    MUST(p->n_blocks > 0);
    text_add(&p->elements, "%s$b%d ", p->elements.size ? ", \\\n     " : "", p->n_blocks);
    va_list args;
    va_start(args, format);
    text_add_list(&p->elements, format, args);
    va_end(args);
}

void plot_points(Plot *p, int type, double size, const char *colour, const char *title) {
    const char *with =
        p->term == PLOT_SVG ? "using 1:2:3 with labels hypertext point" : "using 1:2 with points";
    plot_series(p, "%s pt %d ps %g lc rgb '%s' %s'%s'", with, type, size, colour,
                title && *title ? "title " : "notitle ", title ? title : "");
}

void plot_band(Plot *p, const char *colour, const char *title) {
    if (p->term == PLOT_DUMB) { // a text terminal cannot shade: draw the edges of the band dotted
        plot_series(p, "using 1:2 with dots notitle");
        plot_series(p, "using 1:3 with dots notitle");
        return;
    }
    plot_series(p, "using 1:2:3 with filledcurves lc rgb '%s' %s'%s'", colour,
                title && *title ? "title " : "notitle ", title ? title : "");
}

void plot_flush(Plot *p) {
    end_block(p);
    text_add(&p->script, "plot %s\n", p->elements.size ? p->elements.s : "1/0 notitle");
    text_close(&p->elements);
    p->n_labels = 0;
}

// ---- running it -----------------------------------------------------------------------------

enum { SCRIPT, PICTURE, COMPLAINT, N_FILES };
enum { NO_GNUPLOT = 127 };

static Status wait_for(pid_t child, int *code, Err *err) {
    int state;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) FAIL(err, E_IO, "gnuplot: cannot be waited for: %s", strerror(errno));
    *code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    return OK;
}

static Status run(FILE *const files[N_FILES], int *code, Err *err) {
    const pid_t child = fork();
    if (child < 0) FAIL(err, E_IO, "gnuplot: cannot be started: %s", strerror(errno));
    if (child == 0) {
        for (int i = 0; i < N_FILES; i++)
            if (dup2(fileno(files[i]), i) < 0) _exit(NO_GNUPLOT - 1);
        execlp("gnuplot", "gnuplot", "--default-settings", (char *)NULL);
        _exit(NO_GNUPLOT);
    }
    return wait_for(child, code, err);
}

static Status slurp(Arena *arena, FILE *f, Bytes *out, Err *err) {
    if (fseek(f, 0, SEEK_END) != 0)
        FAIL(err, E_IO, "gnuplot: its output cannot be read: %s", strerror(errno));
    const long size = ftell(f);
    rewind(f);
    out->size = size > 0 ? (size_t)size : 0;
    out->data = arena_alloc(arena, out->size + 1);
    if (fread(out->data, 1, out->size, f) != out->size)
        FAIL(err, E_IO, "gnuplot: its output cannot be read");
    return OK;
}

/* Return the line that says what is wrong: the one that begins with a place. gnuplot prints the
 * offending script line and a caret before it. */
static const char *complaint_of(char *text) {
    char *state = NULL;
    const char *first = NULL;
    for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
        line += strspn(line, " \t\f");
        if (*line == '\0') continue;
        if (!first) first = line;
        if (strstr(line, "line ") && strchr(line, ':')) return line;
    }
    return first ? first : "it said nothing";
}

static Status run_script(Plot *p, FILE *const files[N_FILES], Bytes *picture, Err *err) {
    const Text *script = &p->script;
    if (fwrite(script->s, 1, script->size, files[SCRIPT]) != script->size ||
        fflush(files[SCRIPT]) != 0)
        FAIL(err, E_IO, "gnuplot: no room for its script: %s", strerror(errno));
    rewind(files[SCRIPT]);
    int code = 0;
    Bytes complaint;
    TRY(run(files, &code, err));
    if (code == NO_GNUPLOT)
        FAIL(err, E_FAILED,
             "gnuplot is not installed, and pictures need it: 'apt install gnuplot-nox' (Debian, "
             "Ubuntu) or "
             "'brew install gnuplot' (macOS)");
    TRY(slurp(p->arena, files[COMPLAINT], &complaint, err));
    TRY(slurp(p->arena, files[PICTURE], picture, err));
    if (code != 0 || picture->size == 0)
        FAIL(err, E_FAILED, "gnuplot: %s", complaint_of(complaint.data));
    return OK;
}

Status plot_render(Plot *p, Bytes *out, Err *err) {
    end_block(p);
    FILE *files[N_FILES] = {NULL};
    Status status = OK;
    for (int i = 0; i < N_FILES && status == OK; i++)
        if (!(files[i] = tmpfile()))
            status = err_set(err, E_IO, "gnuplot: no temporary file: %s", strerror(errno));
    if (status == OK) status = run_script(p, files, out, err);
    for (int i = 0; i < N_FILES; i++)
        if (files[i]) fclose(files[i]);
    if (status != OK || p->term != PLOT_SVG) return status;

    Text clean = {0};
    plot_svg_clean(out->data, p, &clean);
    *out = (Bytes){arena_strndup(p->arena, clean.s, clean.size), clean.size};
    text_close(&clean);
    return OK;
}
