#!/bin/sh
# Parameters come as variables, too: $PATH is not one of them, so the folder is read as $path.
set -eu
# One line of JSON is on the standard input. This module does not need it.
cat > /dev/null
line=$(df -P "$path" | tail -n 1)
used=$(echo "$line" | awk '{ sub("%", "", $5); print $5 }')
echo "$path: $used % used"
echo "{\"xy\":1,\"progress\":1,\"table\":{\"header\":[\"Folder\",\"Used\"],\"rows\":[[\"$(printf %s "$path" | sed 's/[\\"]/\\&/g')\",\"$used %\"]]}}"
if [ "${enforce:-true}" = true ] && [ "$used" -gt "$LIMIT" ]; then
  echo "{\"xy\":1,\"code\":1,\"description\":\"$used % used\"}"
else
  echo '{"xy":1,"code":0}'
fi
