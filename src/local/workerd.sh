#!/bin/sh
# Started by Miniflare in place of workerd: notes the process id, then becomes workerd.
# Ctrl-C reaches the whole process group; workerd must leave the stop to its parent, which takes
# a runtime that ends by itself for a crash and starts another.
trap '' INT HUP
echo $$ > "$ATLAS_WORKERD_PID_FILE"
exec "$ATLAS_WORKERD" "$@"
