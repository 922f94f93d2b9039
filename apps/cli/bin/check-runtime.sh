#!/bin/sh
# Run after check-runtime.js failed. npm puts the pinned Node first on the PATH: where that one does not even
# start, the Node that runs npm says why.
if node --version >/dev/null 2>&1; then exit 1; fi
exec "$npm_node_execpath" "$(dirname "$0")/check-runtime.js"
