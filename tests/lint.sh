#!/bin/sh
# lint.sh [OBJECT ...]: what a compiler does not see: who includes whom, no circles of includes, none of calls between the
# objects (make lint gives all of them), one third-party header in one file, no mutable globals, members' comments that
# stand alone, help that comes from its table, laws known by their rows only, lengths, layout. One line per violation; any
# makes it fail.
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C
out=$(mktemp) || exit 2
trap 'rm -f "$out" "$out.nm"' EXIT
ours=$(find base data model train sweep analysis main.c -name '*.[ch]' | sort)
all="$ours $(find tests examples -name '*.[ch]' | sort)"

# --- who may include whom -----------------------------------------------------------------------
# Each room and what it may include besides itself. A room that is not named here may include nothing, so that a new one
# gets its line.
ARROWS='
base
data                 base
model/kernels        base model/dims
model                base model/kernels
train                base data model model/kernels
train/bench          base data model model/kernels train
sweep                base data model train
analysis/points      base
analysis/laws        base analysis/points
analysis/fit         base analysis/points analysis/laws
analysis/forecast    base analysis/points analysis/laws analysis/fit
analysis/choice      base analysis/points analysis/laws analysis/fit analysis/forecast
analysis/simulate    base analysis/points analysis/laws analysis/fit analysis/forecast
analysis/questions   base analysis/points analysis/laws analysis/fit analysis/forecast analysis/simulate
analysis/report      base analysis/points analysis/laws analysis/fit analysis/forecast analysis/simulate analysis/questions
analysis             base analysis/points analysis/laws analysis/fit analysis/forecast analysis/simulate analysis/questions analysis/report analysis/choice
main.c               base
'
grep -Hn '^ *# *include "' $ours | awk -v arrows="$ARROWS" '
    BEGIN {
        n = split(arrows, lines, "\n")
        for (i = 1; i <= n; i++) {
            m = split(lines[i], words, " +")
            for (k = 1; k <= m; k++) may[words[1], words[k]] = 1
        }
    }
    function room(path) { return sub(/\/[^\/]*$/, "", path) ? path : path }
    {
        split($0, part, ":")
        split($0, quoted, "\"")
        from = room(part[1]); to = quoted[2]; file = to
        sub(/\.h$/, "", file)
        if (!((from, room(to)) in may) && !((from, file) in may)) print part[1] ":" part[2] ": includes " to ", which is not " from "'"'"'s to include"
    }' >>"$out"

# --- no circles between modules -----------------------------------------------------------------
# A module is X.c with X.h. Lines "FROM TO", or "FROM TO NAME" where NAME is what TO gives, are arrows between modules. One
# line for each circle that is left when those before it are cut where they close.
circles() {
    awk -v what="$1" '
    function number(name) {
        if (!(name in numbers)) names[numbers[name] = ++n] = name
        return numbers[name]
    }
    # A module to which i has an arrow and that may lead back to it; 0: none.
    function onward(i,    list, k, m) {
        m = split(arrows[i], list)
        for (k = 1; k <= m; k++)
            if (!done[list[k]] && !cut[i, list[k]]) return list[k]
        return 0
    }
    # Those from which no way leads on are in no circle, nor are those that then have none.
    function peel(    i, again) {
        do {
            again = 0
            for (i = 1; i <= n; i++)
                if (!done[i] && !onward(i)) done[i] = again = 1
        } while (again)
    }
    function step(from, to) { return " -> " names[to] ((from, to) in gives ? " (" gives[from, to] ")" : "") }
    {
        i = number($1); to = number($2)
        if (i == to || (i, to) in seen) next
        seen[i, to]; arrows[i] = arrows[i] " " to
        if ($3) gives[i, to] = $3
    }
    END {
        peel()
        for (i = 1; i <= n; i++)
            while (!done[i]) {
                split("", place)
                for (steps = 0; !(i in place); i = onward(i)) { place[i] = ++steps; way[steps] = i }
                text = names[i]
                for (k = place[i] + 1; k <= steps; k++) text = text step(way[k - 1], way[k])
                print names[i] ": a circle of " what ": " text step(way[steps], i)
                cut[way[steps], i] = 1
                i = way[1]
                peel()
            }
    }'
}

# Who includes whose header.
grep -H '^ *# *include "' $ours | awk '
    function module(path) { sub(/\.[ch]$/, "", path); return path }
    { split($0, quoted, "\""); print module(substr($0, 1, index($0, ":") - 1)), module(quoted[2]) }' | circles includes >>"$out"

# Who calls whom, or reads whose table: what an object leaves undefined, and which object defines it. The objects that one
# source has on the CPU paths are one module. A table knows its rows, so what rows share may not stand beside the table.
if [ $# -gt 0 ]; then
    nm -A "$@" >"$out.nm" || echo "lint.sh: nm does not read these objects" >>"$out"
    awk '
        function module(object) { sub(/:.*/, "", object); sub(/^build\/[^\/]*\//, "", object); sub(/(\.[a-z0-9]+)?\.o$/, "", object); return object }
        { name = $NF; kind = $(NF - 1) }
        kind ~ /^[TDBRSC]$/ { home[name] = module($1) }
        kind == "U" { from[++n] = module($1); wants[n] = name }
        END { for (i = 1; i <= n; i++) if (wants[i] in home) print from[i], home[wants[i]], wants[i] }' "$out.nm" | circles calls >>"$out"
else
    echo "lint.sh: no objects given: circles of calls not looked for"
fi

# --- public headers stand alone, and beside each other ------------------------------------------
headers=$(echo "$ours" | grep '\.h$')
for header in $headers; do
    guard=$(echo "$header" | tr 'a-z/.' 'A-Z__')
    grep -q "^#define $guard\$" "$header" || echo "$header: its guard should be $guard" >>"$out"
done
for header in $headers; do echo "#include \"$header\""; done >"$out.c"
${CC:-gcc} -std=c11 -D_GNU_SOURCE -I. -fopenmp -fsyntax-only "$out.c" 2>&1 | grep -E 'error|warning' | sed 's/$/   <- all headers in one file/' >>"$out"
rm -f "$out.c"

# --- comments of members stand alone ------------------------------------------------------------
# In a public header a member's comment, and any that begins with //, is read by itself: it names what another one would
# only point at.
awk '
    function comment(line) {
        if (match(line, /\/\/|\/\*/)) { inside = substr(line, RSTART, 2) == "/*"; line = substr(line, RSTART); counts = body || !inside }
        else if (!inside && line !~ /^ *\/\//) return ""
        if (line ~ /\*\//) { inside = 0; sub(/\*\/.*/, "", line) }
        return counts ? line : ""
    }
    FNR == 1 { body = inside = 0; text = "" }
    /^(typedef )?(struct|enum|union)[^;]*\{/ { body = 1 }
    {
        if (!inside && $0 !~ /^ *\/\//) text = ""
        text = text " " comment($0)
        gsub(/ [ *\/]*/, " ", text)
        if (match(tolower(text), /likewise|the same([^a-z]|$)/)) { print FILENAME ":" FNR ": \"" substr(tolower(text), RSTART, 8) "\" in a comment that should stand by itself"; text = "" }
    }
    /\}[^{]*;?$/ && (/^\}/ || /^(typedef )?(struct|enum|union)/) { body = 0 }' $headers >>"$out"

# --- each third-party header has one user -------------------------------------------------------
for pair in cblas.h:model/kernels/blas.c cjson/cJSON.h:base/json.c zlib.h:base/gzip.c nlopt.h:analysis/fit/minimise.c; do
    header=${pair%%:*} user=${pair#*:}
    grep -lF "<$header>" $ours | grep -vx "$user" | sed "s|\$|: includes $header, which is $user's|" >>"$out"
    grep -qF "<$header>" "$user" || echo "$user: should include $header" >>"$out"
done
grep -lF '<cmocka.h>' $ours | sed 's/$/: includes cmocka.h, which is for tests/' >>"$out"

# --- help from its table ------------------------------------------------------------------------
# The words of a choice stand in one array, from which help and errors print them: no string types them a second time.
sources=$(echo "$ours" | grep '\.c$')
awk '
    function keep(    words, n, i, commas, or) {
        n = split(text, words, "\"")
        commas = or = words[2]
        for (i = 4; i <= n; i += 2) {
            commas = commas ", " words[i]
            or = or (i + 2 > n ? " or " : ", ") words[i]
        }
        if (n >= 5) { typed[++n_lists] = commas; typed[++n_lists] = or; array[n_lists] = array[n_lists - 1] = name }
        text = ""
    }
    pass == 1 && /^static const char \*const [A-Z_]+\[\] = \{/ { name = FILENAME "'"'"'s " $5; sub(/\[.*/, "", name); text = " " }
    pass == 1 && text { text = text $0; if (/\};/) keep() }
    pass == 2 && /".*"/ {
        for (i = 1; i <= n_lists; i++)
            if (match($0, /".*"/) && index(substr($0, RSTART, RLENGTH), typed[i])) { print FILENAME ":" FNR ": types the words of " array[i]; break }
    }' pass=1 $sources pass=2 $sources >>"$out"

# --- laws are known by their rows ---------------------------------------------------------------
# Nothing outside analysis/laws/ asks for a law by its name or its symbol, but the default of --law. Names that are other
# things as well (a picture, a section: isoflop, envelope, power) are not looked for.
above=$(echo "$ours" | grep '^analysis/' | grep -v '^analysis/laws/')
names=$(sed -nE 's/^ +\.name = "([a-z0-9-]+)".*/\1/p' analysis/laws/law_*.c | sort -u | grep -vxE 'isoflop|envelope|power' | paste -sd'|' -)
grep -HnE "\"($names)\"|[^A-Z_]LAW_($(sed -nE 's/^ +ROW\(([A-Z0-9_]+)\).*/\1/p' analysis/laws/law.h | paste -sd'|' -))[^A-Z_]" $above |
    grep -vE '^analysis/fit/options.c:[0-9]+:    return \(FitOptions\)\{\.law = ' |
    sed 's/$/   <- knows a law by its name/' >>"$out"

# --- no mutable globals -------------------------------------------------------------------------
# At the left margin, ended by ; or begun by =, no parenthesis before it, neither const, type nor declaration of a
# table. The two are what a signal handler can reach.
grep -HnE '^(static )?[A-Za-z_][A-Za-z_0-9 *]*[ *][A-Za-z_][A-Za-z_0-9]*(\[[^]]*\])*( = .*|;)$' $ours |
    grep -vE ':[0-9]+:(typedef|extern|struct [A-Za-z]+;|return|goto|enum|union)|[ *]const |:const ' |
    grep -vE '^(train/run|sweep/stop)\.c:[0-9]+:static volatile sig_atomic_t (stop_signal|signal_seen);' |
    sed 's/$/   <- a mutable global/' >>"$out"

# --- lengths and blanks -------------------------------------------------------------------------
# Columns are characters, not bytes. Tables between clang-format off and on may be wider, and so may what a comment
# sets off by two blanks: drawings, tables, equations. No file is exempt from 400 lines: one that is longer has more than one
# reason to exist.
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
        END { if (NR > 400) say(NR, "lines, 400 are allowed in a file") }' "$file" >>"$out"
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
