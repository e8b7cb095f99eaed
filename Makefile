# The town's commands. Each installs what it needs first; none needs a network once that is done.
.PHONY: help run logins test check checks fix psql messages lock stop forget

PY := .venv/bin/python
TOWN := $(PY) scripts/town.py
CODE := community businesses events verification config tests scripts bench manage.py

help: ## What there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Open the town on http://localhost:8000 and its desk on http://localhost:8001 (PORT=, DESK_PORT=)
	@scripts/bootstrap
	@$(TOWN) run

logins: ## The demo's logins, once more
	@$(TOWN) logins

test: ## The whole suite, against real PostGIS, Redis and Chromium (ARGS="-k word")
	@scripts/bootstrap dev
	@$(TOWN) test $(ARGS)

check: ## Format, lint, types, layers, migrations, catalogues, the privacy document
	@scripts/bootstrap dev
	@$(TOWN) do $(MAKE) --no-print-directory checks

# Beside running servers: types and migrations read the settings, which need them.
checks:
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m ruff check $(CODE)
	$(PY) -m mypy community businesses events verification config
	.venv/bin/lint-imports --no-logo
	.venv/bin/djlint --check --lint --quiet templates
	scripts/catalogue check
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py write_privacy --check
	env $$($(PY) manage.py make_desk_key 2>/dev/null | grep PUBLIC) DOOR=site SITE_URL=https://town.example DESK_URL=https://desk.town.example \
		CONTACT_EMAIL=ola@town.example DATA_CONTROLLER=LusoTown $(PY) manage.py check --deploy --fail-level WARNING

fix: ## Format and mend what can be mended by itself
	@scripts/bootstrap dev
	$(PY) -m ruff check --fix $(CODE)
	$(PY) -m ruff format $(CODE)
	.venv/bin/djlint --reformat --quiet templates || true

psql: ## psql as ROLE=lusotown_site (or desk, worker, owner), with PSQL_FLAGS
	@$(TOWN) psql

messages: ## Collect the words of the pages into the Portuguese catalogue
	@scripts/bootstrap dev
	@scripts/catalogue collect

lock: ## Resolve the newest allowed packages into the lock files
	@$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o requirements.lock
	.venv/bin/uv pip compile --quiet --upgrade pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" -o requirements-dev.lock

stop: ## Stop the private servers, should something have left them running
	@$(TOWN) stop

forget: ## Stop them and throw the town's data away: the next run begins anew
	@$(TOWN) forget
