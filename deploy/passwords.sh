#!/bin/bash
# Runs once, when the database container first starts: the roles' passwords and the town's database,
# from the same DATABASE_URL_… that the processes use.
set -eu

decoded() { # what stands in an address as %40
    local text=${1//\\/\\\\}
    printf '%b' "${text//%/\\x}"
}

for role in owner site desk worker; do
    name="DATABASE_URL_${role^^}"
    password=$(decoded "$(sed -E 's#^[a-z]+://[^:]+:([^@]*)@.*#\1#' <<<"${!name}")")
    psql -v ON_ERROR_STOP=1 -U postgres -v password="$password" <<SQL
ALTER ROLE lusotown_$role PASSWORD :'password';
SQL
done
psql -v ON_ERROR_STOP=1 -U postgres -c "DROP ROLE lusotown_test"
psql -v ON_ERROR_STOP=1 -U postgres -c "CREATE DATABASE lusotown OWNER lusotown_owner TEMPLATE lusotown_template"
