#!/bin/sh
# lint.sh: what a compiler does not see: who includes whom, one third-party header in one file, no mutable globals,
# lengths, layout. One line per violation; any makes it fail.
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT
rooms="base data model train sweep points law fit study report"
ours=$(find $rooms main.c -name '*.[ch]' | sort)
all="$ours $(find tests -name '*.[ch]' | sort)"

# --- who may include whom -----------------------------------------------------------------------
may_include() { # may_include REGEX FILE ...: every "quoted" include matches
    regex=$1
    shift
    grep -Hn '^ *# *include "' "$@" | grep -vE "include \"$regex\"" | sed 's/$/   <- not this room'"'"'s to include/'
}
may_include 'base/[a-z_]*\.h' base/*.[ch] main.c >>"$out"
may_include '(base|data)/[a-z_]*\.h' data/*.[ch] >>"$out"
may_include '(base|model)/[a-z_]*\.h' model/*.[ch] >>"$out"
may_include '(base|data|model|train)/[a-z_]*\.h' train/*.[ch] >>"$out"
may_include '(base|data|model|train|sweep)/[a-z_]*\.h' sweep/*.[ch] >>"$out"
may_include '(base/[a-z_]*|points/[a-z_]*|sweep/ledger)\.h' points/*.[ch] >>"$out"
may_include '(base|points|law)/[a-z_]*\.h' law/*.[ch] >>"$out"
may_include '(base|points|law|fit)/[a-z_]*\.h' fit/*.[ch] >>"$out"
may_include '(base|points|law|fit|study)/[a-z_]*\.h' study/*.[ch] >>"$out"
may_include '((base|points|law|fit|study|report)/[a-z_]*|sweep/ledger)\.h' report/*.[ch] >>"$out"

# --- each third-party header has one user -------------------------------------------------------
for pair in cblas.h:model/blas.c cjson/cJSON.h:base/json.c zlib.h:base/file.c nlopt.h:fit/minimise.c; do
    header=${pair%%:*} user=${pair#*:}
    grep -lF "<$header>" $ours | grep -vx "$user" | sed "s|\$|: includes $header, which is $user's|" >>"$out"
    grep -qF "<$header>" "$user" || echo "$user: should include $header" >>"$out"
done
grep -lF '<cmocka.h>' $ours | sed 's/$/: includes cmocka.h, which is for tests/' >>"$out"

# --- no mutable globals -------------------------------------------------------------------------
# At the left margin, ended by ; or begun by =, no parenthesis before it, neither const, type nor declaration of a
# table. The two are what a signal handler can reach.
grep -HnE '^(static )?[A-Za-z_][A-Za-z_0-9 *]*[ *][A-Za-z_][A-Za-z_0-9]*(\[[^]]*\])*( = .*|;)$' $ours |
    grep -vE ':[0-9]+:(typedef|extern|struct [A-Za-z]+;|return|goto|enum|union)|[ *]const |:const ' |
    grep -vE '^(train/run|sweep/drive)\.c:[0-9]+:static volatile sig_atomic_t stop_signal;' |
    sed 's/$/   <- a mutable global/' >>"$out"

# --- lengths and blanks -------------------------------------------------------------------------
# Columns are characters, not bytes. Tables between clang-format off and on may be wider, and so may what a comment
# sets off by two blanks: drawings, tables, equations.
for file in $all; do
    awk -v file="$file" -v room="${file%%/*}" '
        function say(line, what) { print file ":" line ": " what }
        NR == 1 && !/^\/\*/ { say(1, "begins without a comment that says what it is for") }
        /clang-format off/ { off = 1 }
        /clang-format on/ { off = 0 }
        /[ \t]$/ { say(NR, "blanks at the end") }
        /\t/ { say(NR, "a tab") }
        !off && !/^ *(\/\*| \*)  / {
            text = $0
            gsub(/[\200-\277]/, "", text)
            if (length(text) > 100) say(NR, length(text) " columns, 100 are allowed")
        }
        # A function begins at the margin, its head ends in ") {", and it ends with a } at the margin.
        !inside && /^[A-Za-z_]/ { begin = NR }
        /\) \{$/ { inside = 1 }
        /^\}/ {
            n = NR - begin + 1
            if (inside && room != "tests" && n > 80) say(begin, n " lines, 80 are allowed in a function")
            inside = 0
        }
        END { if (NR > 500) say(NR, "lines, 500 are allowed in a file") }' "$file" >>"$out"
done

# --- layout -------------------------------------------------------------------------------------
if command -v clang-format >/dev/null && clang-format --version | grep -q 'version 14'; then
    for file in $all; do
        clang-format --dry-run -Werror "$file" >/dev/null 2>&1 || echo "$file: clang-format -i would change it" >>"$out"
    done
else
    echo "lint.sh: no clang-format 14 here: layout not checked"
fi

cat "$out"
[ ! -s "$out" ]
