#!/bin/sh
# Started by Miniflare in place of workerd: notes the process id, then becomes workerd.
# Ctrl-C reaches the whole process group; workerd must leave the stop to its parent, which takes
# a runtime that ends by itself for a crash and starts another.
trap '' INT HUP
echo $$ > "$ATLAS_WORKERD_PID_FILE"
# The guard ends what is noted once the server has ended, and says first that it has: whichever of the two
# comes second sees the other's file, so that no workerd outlives a server that is killed at this very moment.
if [ -n "${ATLAS_GUARD:-}" ]; then
  echo $$ > "$ATLAS_GUARD/pid" || exit 1
  [ ! -e "$ATLAS_GUARD/ended" ] || exit 1
  # It starts without, too: then overdue alarms ring all at once.
  "$ATLAS_NODE" "$ATLAS_SPREAD_ALARMS" "$(dirname "$ATLAS_WORKERD_PID_FILE")" < /dev/null || true
fi
exec "$ATLAS_WORKERD" "$@"
