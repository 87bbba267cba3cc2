#!/bin/sh
# Notes the process id, then becomes workerd: workerd.sh PID-FILE GUARD-FOLDER WORKERD ARGUMENT…
# Ctrl-C reaches the whole process group; workerd must leave the stop to its parent, which takes
# a runtime that ends by itself for a crash and starts another.
trap '' INT HUP
pid_file=$1
guard=$2
shift 2
echo $$ > "$pid_file" || exit 1
# The guard ends what is noted once the server has ended, and says first that it has: whichever of the two
# comes second sees the other's file, so that no workerd outlives a server that is killed at this very moment.
if [ -n "$guard" ]; then
  echo $$ > "$guard/pid" || exit 1
  [ ! -e "$guard/ended" ] || exit 1
fi
exec "$@"
