-- Run once by a superuser on an empty server, then give each role its password (ALTER ROLE … PASSWORD).
-- No run-time role owns a table, is superuser or has BYPASSRLS; a process that finds otherwise will not start.

CREATE ROLE lusotown_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE lusotown_site LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE lusotown_desk LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
CREATE ROLE lusotown_worker LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;

-- The test suite makes its database as the owner and then steps into each run-time role in turn.
-- A production server does without this one.
CREATE ROLE lusotown_test LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB NOCREATEROLE NOINHERIT
    IN ROLE lusotown_owner, lusotown_site, lusotown_desk, lusotown_worker;

-- PostGIS is not a trusted extension: only a superuser can put it into the template.
CREATE DATABASE lusotown_template IS_TEMPLATE true;
\connect lusotown_template
CREATE EXTENSION postgis;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
CREATE EXTENSION btree_gist;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO lusotown_owner;
GRANT USAGE ON SCHEMA public TO lusotown_site, lusotown_desk, lusotown_worker, lusotown_test;
\connect postgres
