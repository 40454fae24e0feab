#!/usr/bin/env bash
# The floors of the house: who may include whom, and which folder knows which library. A file that breaks a rule is named with its line.
set -euo pipefail
cd "${ORDERDECK_SOURCE_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}"

# Files, and what of ours they may include. The first row that matches a file counts; a file without a row is a fault.
floors='
shared/*              shared/*
service/order/*       shared/* service/order/*
service/store/*       shared/* service/order/* service/store/*
service/write/*       shared/* service/order/* service/store/* service/write/*
service/read/*        shared/* service/order/* service/store/* service/read/*
service/http/*        shared/* service/order/* service/store/* service/write/* service/read/* service/http/*
service/relay/*       shared/* service/order/* service/store/* service/write/* service/read/* service/relay/*
service/*/*
service/*             shared/* service/*
tui/main.c            shared/* service/* tui/*
tui/canvas.*          shared/* tui/canvas.h tui/term.h tui/theme.h tui/*.def tui/role.h tui/width.h
tui/term*             shared/* tui/canvas.h tui/term*.h tui/theme.h tui/*.def tui/role.h tui/width.h
tui/theme*            shared/* tui/canvas.h tui/keep.h tui/term.h tui/theme*.h tui/*.def tui/role.h tui/width.h
tui/*                 shared/* tui/*
'

# Headers of others, and the files that may include them; one folder knows a library.
libraries='
*curses*.h            tui/term*.c
term.h                tui/term*.c
panel.h               tui/term*.c
microhttpd.h          service/http/*
sqlite3.h             service/store/*
librdkafka/*          service/relay/*
*cJSON*.h             shared/*
gnutls/*              shared/*
curl/*                shared/*
cmocka.h
vterm*.h
'

# What order/ and the pure decision of a write must not know: they touch no I/O.
pure='service/order/* service/write/decide*'
impure='unistd.h fcntl.h poll.h pthread.h signal.h netdb.h dirent.h sys/* netinet/* arpa/*'

# matches NAME PATTERN...
matches()
{
    local name=$1 pattern
    shift
    for pattern in "$@"; do
        # shellcheck disable=SC2053 # the right side is a pattern
        [[ $name != $pattern ]] || return 0
    done
    return 1
}

faults=0
fault()
{
    printf '%s\n' "$*"
    faults=$((faults + 1))
}

# floor_of FILE: sets `allowed`
floor_of()
{
    local files rest
    while read -r files rest; do
        if [[ -n $files ]] && matches "$1" "$files"; then
            read -r -a allowed <<<"$rest"
            [[ ${#allowed[@]} != 0 ]]
            return
        fi
    done <<<"$floors"
    return 1
}

check_ours() # file place header
{
    floor_of "$1" || { fault "$2: $1 stands on no floor of tests/meta/layers_test.sh"; return; }
    [[ -f $3 ]] || fault "$2: \"$3\" is not a path from the top"
    matches "$3" "${allowed[@]}" || fault "$2: $1 must not include \"$3\""
    if [[ $1 == tui/screen_* && $3 == tui/screen_* && ${1%.*} != "${3%.*}" ]]; then
        fault "$2: a screen includes a screen, \"$3\""
    fi
}

check_others() # file place header
{
    local header homes home
    while read -r header homes; do
        if [[ -n $header ]] && matches "$3" "$header"; then
            read -r -a home <<<"$homes"
            matches "$1" "${home[@]}" || fault "$2: <$3> belongs to ${homes:-the tests}"
        fi
    done <<<"$libraries"
    # shellcheck disable=SC2086 # lists of patterns
    if set -f && matches "$1" $pure && matches "$3" $impure; then
        fault "$2: $1 touches no I/O, so not <$3>"
    fi
    set +f
}

folders=()
for folder in shared service tui; do
    [[ ! -d $folder ]] || folders+=("$folder")
done
[[ ${#folders[@]} != 0 ]] || exit 77

includes=0
while IFS=: read -r file line text; do
    header=$(sed -E 's/^[^<"]*[<"]([^>"]*)[>"].*/\1/' <<<"$text")
    place=$file:$line
    includes=$((includes + 1))
    case $header in
    *..*) fault "$place: \"$header\" climbs; a header is included by its path from the top" ;;
    esac
    if [[ $text == *'"'* || $header == shared/* || $header == service/* || $header == tui/* ]]; then
        check_ours "$file" "$place" "$header"
    else
        check_others "$file" "$place" "$header"
    fi
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' --include='*.def' "${folders[@]}")

# The service is a library: it does not print.
if [[ -d service ]]; then
    while read -r hit; do
        fault "${hit%%:[^0-9]*}: the service does not print"
    done < <(grep -rnE '(^|[^[:alnum:]_])(printf|puts|putchar|perror|vprintf)[[:space:]]*\(|f(printf|puts)[[:space:]]*\(.*std(out|err)' \
        --include='*.[ch]' service | grep -vE ':[[:space:]]*(\*|/\*|//)' || true)
fi

printf '%d includes, %d faults\n' "$includes" "$faults"
[[ $faults == 0 && $includes != 0 ]]
