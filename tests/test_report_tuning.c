/* test_report_tuning.c: the page of a sweep that tuned its learning rate tells curves, rule and
 * check, and counts no tuning run among its runs. */
#include <string.h>

#include "analysis/report/page.h"
#include "tests/markup.h"
#include "tests/scratch_dir.h"

#define RUN(id, role, params, tokens, loss)                                                        \
    "{\"event\":\"run\",\"id\":\"" id "\",\"role\":\"" role                                        \
    "\",\"status\":\"done\",\"params\":" params ",\"tokens\":" tokens ",\"loss\":" loss            \
    ",\"lr\":0.1}\n"

static const char LEDGER[] = "{\"event\":\"open\",\"name\":\"t\"}\n" //
    RUN("a", "tuning", "1000", "1e5",
        "9.5") "{\"event\":\"tuned\",\"key\":\"k\",\"tuning_runs\":20,\"rule\":{\"params\":41000,"
               "\"tokens\":250000,"
               "\"batch_tok\":512,\"lr\":0.0074,\"coefficients\":[-4.9,-0.35,0.1,0.5]},\"untuned\":"
               "\"untuned: a < b\","
               "\"cells\":[{\"d_model\":16,\"tokens\":125000,\"batch_tok\":512,\"rates\":[0.004,0."
               "008,0.016],"
               "\"losses\":[2.5,2.4,null],\"best\":\"inside\",\"lr\":0.008,\"ln_lr_sd\":0.6931},"
               "{\"d_model\":48,\"tokens\":125000,\"batch_tok\":512,\"rates\":[0.004],\"losses\":["
               "2.25],"
               "\"best\":\"lowest\",\"lr\":0.004,\"ln_lr_sd\":0.1}]}\n" //
    RUN("b", "grid", "1000", "1e5", "3.5")
        RUN("c", "grid", "2000", "1e5",
            "3.25") "{\"event\":\"checked\",\"key\":\"%s\",\"id\":\"c\",\"d_model\":48,\"tokens\":"
                    "250000,\"rates\":"
                    "[0.003,0.006,0.012],\"losses\":[1.99,1.96,1.98],\"untuned\":null}\n";

static const char *page_with(Scratch *x, const char *checked) {
    StudyOptions o = study_options_default(x->arena);
    Report r;
    Text html = {0};
    scratch_write(x, "ledger.jsonl", arena_printf(x->arena, LEDGER, checked));
    assert_ok(x, report_open(x->arena, x->dir, &o, &r, &x->err));
    assert_ok(x, page_html(&r, &html, &x->err));
    report_close(&r);
    const char *page = arena_strndup(x->arena, html.s, html.size);
    text_close(&html);
    return page;
}

static void says(const char *page, const char *part) {
    if (!strstr(page, part)) fail_msg("the page does not say '%s'", part);
}

static void curves_rule_and_check_are_told(void **state) {
    Scratch *x = *state;
    const char *page = page_with(x, "k");
    says(page, "<section id=\"tuning\">");
    says(page, "lr = 0.0074 (D / 250k)<sup>-0.35</sup> (N / 41.0k)<sup>0.10</sup> (batch / "
               "512)<sup>0.50</sup> by 20 runs");
    says(page, "untuned: a &lt; b");
    says(page,
         "<tr><td>16</td><td>125k</td><td>512</td><td>0.008</td><td>2.00</td><td class=\"text "
         "why\">0.004: 2.5000, 0.008: 2.4000, 0.016: diverged</td></tr>");
    says(page, "<tr class=\"ill\"><td>48</td>");
    says(page, "rate of 0.006 ended at 1.9600, half of it at 1.9900, twice of it at 1.9800");
    says(page, "2 runs, 2 of them ended well");
    assert_null(strstr(page, "9.5"));
    assert_well_formed(page);
    assert_null(strstr(page_with(x, "another rule's"), "half of it"));
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(curves_rule_and_check_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
