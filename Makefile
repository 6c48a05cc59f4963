# tinyscale: tiny transformers, swept and fitted on a CPU.
# MODE=release (default), debug (sanitizers), double (tensors are double, for gradient checks)
MODE   ?= release
CC     ?= gcc
B      := build/$(MODE)$(if $(filter clang%,$(CC)),-clang)
V      ?= 0
Q      := $(if $(filter 0,$(V)),@)

.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# --- what the machine must have -------------------------------------------------------------------------------------
DEPS_DEBIAN := gcc make libopenblas-dev libcjson-dev zlib1g-dev libnlopt-dev libcmocka-dev gnuplot-nox
DEPS_BREW   := openblas cjson zlib nlopt cmocka gnuplot libomp
SUDO        := $(if $(filter 0,$(shell id -u)),,sudo)

# --- flags -----------------------------------------------------------------------------------------------------------
WARN   := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes
STD    := -std=c11 -D_GNU_SOURCE -I. -fopenmp -fno-math-errno -ffp-contract=off
release := -O3 -march=native -mprefer-vector-width=512
debug   := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
double  := -O2 -march=native -DTINYSCALE_DOUBLE
CFLAGS ?= $($(MODE))
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LIBS   := -lopenblas -lcjson -lz -lnlopt -lm

ROOMS   := base data model train sweep analysis
SOURCES := $(foreach room,$(ROOMS),$(wildcard $(room)/*.c))
OBJECTS := $(SOURCES:%.c=$B/%.o)
TESTS   := $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/test_*.c))

all: build/tinyscale ## build ./build/tinyscale

build/tinyscale: $B/tinyscale
	$(Q)cp $< $@

$B/tinyscale: $B/main.o $(OBJECTS)
	$(Q)$(CC) $(CFLAGS) -fopenmp $^ $(LIBS) -o $@

$B/tests/%: $B/tests/%.o $(OBJECTS)
	$(Q)$(CC) $(CFLAGS) -fopenmp $^ -lcmocka $(LIBS) -o $@

$B/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  cc $(MODE) $<")
	$(Q)$(CC) $(STD) $(WARN) $(CFLAGS) -MMD -MP -c $< -o $@

# The commit is recorded in every ledger; only this one object depends on it.
$B/base/version.o: STD += -DTINYSCALE_COMMIT_ID='"$(COMMIT)"'
$B/base/version.o: $B/commit
$B/commit: FORCE
	@mkdir -p $(@D)
	@echo $(COMMIT) | cmp -s - $@ || echo $(COMMIT) > $@
FORCE:

-include $(shell find build -name '*.d' 2>/dev/null)

clean: ## remove build/
	rm -rf build

.PHONY: all clean FORCE
