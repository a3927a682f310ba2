.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 3

.PHONY: help run test lint bench soak lock translations extract clean

help: ## Deze lijst
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

run: .venv/run translations ## Start het portaal met proefgegevens op http://127.0.0.1:8000
	@$(BIN)/portal dev

test: .venv/dev translations ## Alles wat moet kloppen, ook in de browser
	@$(BIN)/python tests/chromium.py
	@$(BIN)/pytest -q -n $(JOBS) --dist loadgroup

lint: .venv/dev ## Stijl, typen en de lagen van het huis
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python tests/translations_complete.py

bench: .venv/dev translations ## Snelheid, als verhouding tot een kale Flask-pagina
	@$(BIN)/python -m tests.load.bench
	@$(BIN)/python -m tests.load.import_rows 10000
	@$(BIN)/python -m tests.load.messages

soak: .venv/dev translations ## Lange proeven met veel gegevens
	@$(BIN)/pytest -q -m soak --override-ini addopts=

translations: .venv/run
	@$(BIN)/pybabel -q compile -d translations

extract: .venv/dev ## Zet nieuwe teksten in de vertaling, klaar om te vertalen
	@mkdir -p build
	@$(BIN)/pybabel -q extract -F translations/babel.cfg -k _l -k N_ --sort-output --no-location -o build/messages.pot .
	@$(BIN)/pybabel -q update -i build/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete --no-wrap
	@sed -i.bak -E -e '1,/^msgid/{/^(#.*)?$$/d;}' -e '/^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated-By)/d' translations/*/LC_MESSAGES/messages.po
	@rm translations/*/LC_MESSAGES/messages.po.bak
	@$(BIN)/python tests/translations_complete.py || true

lock: .venv/dev ## Zet de versies van alle pakketten opnieuw vast
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -c requirements-dev.lock pyproject.toml -o requirements.lock

clean: ## Gooi weg wat hier gemaakt is, ook de proefgegevens
	rm -rf .venv instance build .pytest_cache .mypy_cache .ruff_cache

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Er is Python 3.11 of nieuwer nodig. Geef het aan met: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
