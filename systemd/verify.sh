#!/usr/bin/env bash
# Checks the units against a build: systemd/verify.sh TARGET_DIR, the directory with the executable sojournd.
# Neither needs systemd to run nor changes anything outside a directory of its own.
set -euo pipefail

# Exposure of the system unit by systemd-analyze security, in tenths: 2.0.
readonly EXPOSURE_LIMIT=20

fail() {
    printf 'systemd/verify.sh: %s\n' "$*" >&2
    exit 1
}

[ $# -eq 1 ] || fail "one argument expected: the directory with the executable sojournd"
executable=$(realpath -- "$1")/sojournd
[ -x "$executable" ] || fail "$executable is not there; build it by cargo build --release --workspace"
case $executable in *[^A-Za-z0-9_.,:+@=/-]*) fail "a unit can not name $executable: odd characters" ;; esac
units=$(dirname "$(realpath -- "$0")")
copies=$(mktemp -d)
trap 'rm -rf -- "$copies"' EXIT
# A user's manager resolves %t by this.
export XDG_RUNTIME_DIR=$copies/run
mkdir -m 700 "$XDG_RUNTIME_DIR"

# copy DIRECTORY NAME: the units of a directory, their executable replaced by the one built.
copy() {
    local unit
    mkdir "$copies/$2"
    for unit in "$1"/sojournd.service "$1"/sojournd.socket; do
        sed "s|^ExecStart=/usr/bin/sojournd|ExecStart=$executable|" "$unit" >"$copies/$2/${unit##*/}"
    done
    grep -q "^ExecStart=$executable" "$copies/$2/sojournd.service" || fail "$1/sojournd.service starts something else"
}

# verify NAME [OPTION]: an unknown key is a warning with exit code 0, so any output at all is a failure.
verify() {
    local name=$1 said status=0
    shift
    said=$(cd "$copies/$name" && systemd-analyze verify --man=no "$@" ./sojournd.service ./sojournd.socket 2>&1) || status=$?
    [ -z "$said" ] || fail "systemd-analyze verify, $name units: $said"
    [ "$status" -eq 0 ] || fail "systemd-analyze verify, $name units: exit code $status"
}

copy "$units" system
copy "$units/user" user
verify system
verify user --user

report=$(systemd-analyze security --offline=true --no-pager "$copies/system/sojournd.service") ||
    fail "systemd-analyze security: $report"
exposure=$(sed -n 's/.*Overall exposure level for sojournd.service: \([0-9]*\)\.\([0-9]\).*/\1\2/p' <<<"$report")
[ -n "$exposure" ] || fail "systemd-analyze security named no exposure: $report"
[ "$((10#$exposure))" -le "$EXPOSURE_LIMIT" ] || fail "the system unit is too exposed: $report"

# The user, the group and the directory are made in a root of their own.
root=$copies/root
mkdir -p "$root/etc"
systemd-sysusers --root="$root" "$units/sysusers.d/sojourn.conf" >/dev/null 2>"$copies/said" ||
    fail "systemd-sysusers: $(<"$copies/said")"
for table in passwd group; do
    grep -q '^sojourn:' "$root/etc/$table" || fail "sysusers.d/sojourn.conf adds no sojourn to $table"
done
systemd-tmpfiles --root="$root" --create "$units/tmpfiles.d/sojourn.conf" >/dev/null 2>"$copies/said" ||
    fail "systemd-tmpfiles: $(<"$copies/said")"
[ "$(stat -c %a "$root/run/sojourn")" = 750 ] || fail "tmpfiles.d/sojourn.conf makes no /run/sojourn of mode 750"

printf 'units verified; exposure of the system unit %s.%s\n' "$((10#$exposure / 10))" "$((10#$exposure % 10))"
