#!/bin/sh
# Polls the feeds and folders of a library (see `citewire feeds`); for cron or a timer: sh sync.sh LIBRARY
# Prints what is new; on standard error, what failed. Two runs at once do no harm: a lock file lets one pass.
set -u
library=${1:?"Say which library: sh sync.sh LIBRARY"}
lock="$library.sync"

if ! mkdir "$lock" 2>/dev/null; then
    echo "Another sync of $library is running, or one was killed: then remove $lock." >&2
    exit 0
fi
trap 'rmdir "$lock"' EXIT

citewire sync --library "$library"
status=$?
if [ "$status" -ne 0 ]; then
    echo "Some of it failed; see above. The next run tries again." >&2
fi
exit "$status"
