# tinyscale: tiny transformers, swept and fitted on a CPU.           `make help` lists the targets.
#
#   MODE=release   float tensors, -O3 for this machine (default)
#   MODE=double    double tensors, so that gradient checks hold to 1e-6 and better
#   MODE=debug     AddressSanitizer and UndefinedBehaviorSanitizer
#   V=1            show the commands
MODE ?= release
V    ?= 0
ifeq ($(origin CC),default)
CC   := gcc
endif
B    := build/$(MODE)
Q    := $(if $(filter 0,$(V)),@)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# --- flags ----------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wno-pass-failed
STD  := -std=c11 -D_GNU_SOURCE -I. -fopenmp -fno-math-errno -ffp-contract=off
FLAGS_release := -O3
FLAGS_double  := -O2 -DTINYSCALE_DOUBLE
FLAGS_debug   := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
CFLAGS ?= $(FLAGS_$(MODE))
# OpenBLAS is loaded when it is needed (model/kernels/blas.h), but for macOS, where it stands in no default place.
BLAS   := $(if $(filter Darwin,$(shell uname -s)),-lopenblas,-ldl)
LIBS   := $(BLAS) -lcjson -lz -lnlopt -lm
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)

# The model's arithmetic, once for each CPU path (model/cpu_path.h); which is taken is decided at run time.
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
AMX    := -mamx-tile -mamx-bf16
PATHS  := plain avx2 avx512
ifeq ($(shell $(CC) $(AMX) -E -x c /dev/null >/dev/null 2>&1 && uname -s),Linux)
PATHS  += amx
STD    += -DWITH_AMX
endif
else
PATHS  := plain
endif
FLAGS_plain  :=
FLAGS_avx2   := -march=x86-64-v3
FLAGS_avx512 := -march=x86-64-v4 -mprefer-vector-width=512
FLAGS_amx    := $(FLAGS_avx512) $(AMX)
PER_PATH := $(addprefix model/,router moe net cpu_path_row) \
            $(addprefix model/kernels/,gemm amx attention attention_amx attention_cached qk rmsnorm mlp_act xent embed update)

ROOMS   := base data model model/kernels train train/bench sweep analysis \
           $(addprefix analysis/,points laws fit forecast choice simulate questions report)
SOURCES := $(foreach room,$(ROOMS),$(wildcard $(room)/*.c))
OBJECTS := $(patsubst %.c,$B/%.o,$(filter-out $(PER_PATH:=.c),$(SOURCES))) \
           $(foreach path,$(PATHS),$(PER_PATH:%=$B/%.$(path).o))

# Tests that call the kernels themselves are compiled for each path too.
PATH_TESTS  := $(addprefix tests/test_model_,kernels attention vec xent gradients router moe moe_gradients decode)
TESTS       := $(patsubst %.c,$B/%,$(filter-out $(PATH_TESTS:=.c),$(wildcard tests/test_*.c))) \
               $(foreach path,$(PATHS),$(PATH_TESTS:%=$B/%.$(path)))
MODEL_TESTS := $(filter %test_model_net %test_model_counts %test_model_paths,$(TESTS)) \
               $(foreach path,$(PATHS),$(PATH_TESTS:%=$B/%.$(path)))

# --- building -------------------------------------------------------------------------------------
all: build/tinyscale ## build ./build/tinyscale; says which libraries are missing (make deps installs them)

build/tinyscale: $B/tinyscale
	$(Q)cp $< $@

$B/tinyscale: $B/main.o $(OBJECTS)
	$(Q)$(CC) $(CFLAGS) -fopenmp $^ $(LIBS) -o $@

# Everything but main.c, for programs of one's own; examples/ has one.
build/libtinyscale.a: $B/libtinyscale.a
	$(Q)cp $< $@
$B/libtinyscale.a: $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

build/examples/%: examples/%.c build/libtinyscale.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) $(CFLAGS) $< build/libtinyscale.a $(LIBS) -o $@

$B/tests/%: $B/tests/%.o $B/libtinyscale.a
	$(Q)$(CC) $(CFLAGS) -fopenmp $^ -lcmocka $(LIBS) -o $@

$B/tests/fault_shim.so: tests/fault_shim.c | build/deps
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) -O1 -shared -fPIC $< -ldl -o $@

$B/%.o: %.c | build/deps
	@mkdir -p $(@D)
	@$(if $(Q),echo "  cc $(MODE) $<")
	$(Q)$(CC) $(STD) $(WARN) $(CFLAGS) $(EXTRA) -MMD -MP -c $< -o $@

define FOR_PATH
$B/%.$(1).o: %.c | build/deps
	@mkdir -p $$(@D)
	@$$(if $$(Q),echo "  cc $$(MODE) $$< ($(1))")
	$$(Q)$$(CC) $$(STD) $$(WARN) $$(CFLAGS) $$(FLAGS_$(1)) -ffp-contract=fast -DCPU_PATH=$(1) $$(EXTRA) -MMD -MP -c $$< -o $$@
endef
$(foreach path,$(PATHS),$(eval $(call FOR_PATH,$(path))))

# The commit is recorded in every ledger; only this one object depends on it.
$B/base/version.o: EXTRA := -DTINYSCALE_COMMIT_ID='"$(COMMIT)"'
$B/base/version.o: $B/commit
$B/commit: FORCE
	@mkdir -p $(@D)
	@echo $(COMMIT) | cmp -s - $@ || echo $(COMMIT) > $@
FORCE:

-include $(shell find $B -name '*.d' 2>/dev/null)

# --- what the machine must have -------------------------------------------------------------------
DEBIAN := gcc libc6-dev libopenblas-dev libcjson-dev zlib1g-dev libnlopt-dev libcmocka-dev gnuplot-nox
BREW   := gcc openblas cjson zlib nlopt cmocka gnuplot
ROOT   := $(if $(filter 0,$(shell id -u)),,sudo)

define INSTALL
missing=""; \
if command -v dpkg-query >/dev/null; then \
    for p in $(1); do \
        dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
    done; \
    test -z "$$missing" || { echo "installing:$$missing"; \
        $(ROOT) apt-get update -qq && \
        $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }; \
elif command -v brew >/dev/null; then brew install $(BREW); \
else echo "neither apt nor brew here: install by hand what $(1) are on this system"; fi
endef

# A plain `make` builds, and changes nothing about the system: it says what is missing. All other goals install it.
PLAIN := $(if $(filter-out all build/tinyscale,$(MAKECMDGOALS)),,yes)
define MISSING
missing=""; \
if command -v dpkg-query >/dev/null; then \
    for p in $(1); do \
        dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
    done; \
fi; \
test -z "$$missing" || { echo "missing:$$missing; 'make deps' installs them" >&2; exit 1; }
endef

build/deps: Makefile
	@mkdir -p build
	@$(call $(if $(PLAIN),MISSING,INSTALL),$(DEBIAN))
	@touch $@

deps: build/deps ## install the distribution's libraries that are missing (sudo when not root)

# --- using it -------------------------------------------------------------------------------------
define SWEEP
@build/tinyscale sweep run sweep/presets/$@.json --out $@
@build/tinyscale fit $@
@build/tinyscale report $@
endef

demo: all ## the demo: tune, sweep a language of known entropy, predict, verify, report (3 minutes on two cores)
	$(SWEEP)

lab: all ## the same with a hero of thirty times the compute (a quarter of an hour on two cores)
	$(SWEEP)

# Webster's dictionary of 1913 as Debian packs it, taken out of the package without installing it, and cleaned: no
# pronunciations (copies of the headword), no tags of the edition, and indentation no deeper than one blank.
gcide.txt:
	@command -v apt-get >/dev/null || { echo "needs Debian or Ubuntu for dict-gcide"; exit 1; }
	@cd build && { apt-get download -qq dict-gcide || \
	    { $(ROOT) apt-get update -qq && apt-get download -qq dict-gcide; }; }
	@dpkg-deb --fsys-tarfile build/dict-gcide_*.deb | tar -xO ./usr/share/dictd/gcide.dict.dz | gunzip | \
	    sed -E -e '/^ *\[[^]]*(Webster|PJC|WordNet)[^]]*\]$$/d' -e 's/ ?\\[^\]*\\//g' \
	        -e '/^[^ ]/s/ \([^)]*\)//' -e 's/^ +/ /' | cat -s > $@

english: all gcide.txt ## a sweep on real text, Webster's dictionary (a quarter of an hour on two cores)
	$(SWEEP)

# --- testing --------------------------------------------------------------------------------------
test: ## every test, the sanitizers included; ends with 'N passed, N failed' (12 minutes on two cores)
	@$(MAKE) --no-print-directory all test-programs
	@$(MAKE) --no-print-directory MODE=double model-test-programs
	@$(MAKE) --no-print-directory MODE=debug test-programs
	@tests/run.sh --paths release=build/release double=build/double debug=build/debug

check: ## the quick part: unit tests of the release build
	@$(MAKE) --no-print-directory all test-programs
	@tests/run.sh release=build/release

test-programs: $(TESTS) $B/tests/fault_shim.so $B/tinyscale $(if $(filter release,$(MODE)),build/examples/fit)
model-test-programs: $(MODEL_TESTS)

faults: all $B/tests/fault_shim.so ## a sweep in which each call in turn fails, or 2000 bits are flipped (20 minutes)
	@bash tests/fault_campaign.sh build/tinyscale $B/tests/fault_shim.so
	@bash tests/flip_campaign.sh build/tinyscale 2000

reference: all $B/tests/reference ## check fits against published ones: REFERENCE="dir ..." make reference
	@$B/tests/reference build/tinyscale $(REFERENCE)

bend: $B/tests/bend_rates ## how often the test of bends finds one, with and without (40 minutes of one core)
	@$B/tests/bend_rates

SETS ?= 400
form: $B/tests/form_rates ## how often a wrong form is found, and a right one called wrong (two minutes)
	@$B/tests/form_rates $(SETS)

forecast: $B/tests/forecast_rates ## how often a forecast holds, its law known or not: make forecast SETS=20 (an hour of one core)
	@$B/tests/forecast_rates $(SETS)

choice: $B/tests/choice_rates ## forecasts from planned runs beside those from the best grid (20 minutes of two cores)
	@$B/tests/choice_rates

precision: $B/tests/precision_rates ## what is expected of a sealed forecast beside what is sealed (five minutes of one core)
	@$B/tests/precision_rates

SIMULATIONS ?= 200
coverage: all ## how often 90 % intervals hold the truth, over simulated sweeps (six minutes)
	@tests/coverage.sh build/tinyscale $(SIMULATIONS)

counts: all $B/tests/one_step ## instructions of a training step against those kept (callgrind, a minute or two)
	@$(call INSTALL,valgrind)
	@tests/step_counts.sh $B

bench: all ## training speed beside the machine's ceilings: the table of docs/speed.md (3 minutes)
	@build/tinyscale bench

judge: all ## compare exported checkpoints with PyTorch / transformers, where Python has them
	@python3 tests/judge_export.py build/tinyscale

LINT_TOOLS := clang clang-format
# gcc sees what it warns of when it optimises, clang when it reads.
lint: all ## include directions, no circles, both compilers without a warning, formatting
	@$(call INSTALL,$(LINT_TOOLS))
	@$(MAKE) --no-print-directory CC=gcc B=build/lint-gcc CFLAGS=-O2 EXTRA=-Werror lint-objects
	@$(MAKE) --no-print-directory CC=clang B=build/lint-clang CFLAGS=-fsyntax-only EXTRA=-Werror lint-objects
	@tests/lint.sh $B/main.o $(OBJECTS)
lint-objects: $B/main.o $(OBJECTS) $(TESTS:%=%.o)

FUZZERS := $(patsubst tests/fuzz/%.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))
$B/fuzz_%: $B/tests/fuzz/fuzz_%.o $(OBJECTS)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $^ $(LIBS) -o $@
fuzzers: $(FUZZERS)
.PHONY: fuzzers

FUZZ_S ?= 60
fuzz: build/deps ## run each fuzz target for FUZZ_S seconds (clang's libFuzzer)
	@$(call INSTALL,clang libclang-rt-14-dev)
	@tests/fuzz.sh $(FUZZ_S)

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:[^#]*## /\t/' | expand -t 12

clean: ## remove build/
	rm -rf build

.PHONY: all deps demo lab english test check test-programs model-test-programs faults reference bend form forecast choice precision coverage counts \
        bench judge lint lint-objects \
        fuzz help clean FORCE
.SECONDARY:
