# Commands for those who work on lipmotion; users need only ./run and ./test.
# Uses the tools on PATH, e.g. from: uv pip install -e '.[learn]' --group dev
.PHONY: check format test docs wheels build clean

check:
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	typos

format:
	ruff format .
	ruff check --fix .

test:
	./test

# The base install has wheels on every Python and machine that we promise.
wheels:
	@for platform in x86_64-manylinux_2_28 aarch64-manylinux_2_28 x86_64-pc-windows-msvc \
	  aarch64-apple-darwin; do for python in 3.11 3.12 3.13; do \
	  uv pip compile pyproject.toml --quiet --only-binary :all: --python-version $$python \
	  --python-platform $$platform --output-file build/wheels.txt >/dev/null || exit 1; \
	  echo "wheels exist: Python $$python, $$platform"; done; done

# Wheel and sdist, each installed alone in an empty environment, perform on the mock face.
build:
	rm -rf dist build/alone
	python -m build --quiet
	for built in dist/*.whl dist/*.tar.gz; do \
	  rm -rf build/alone && python -m venv build/alone && \
	  build/alone/bin/python -m pip install --quiet --disable-pip-version-check $$built && \
	  build/alone/bin/lipmotion perform --driver mock --motors build/alone/motors.csv --force || exit 1; \
	done
	rm -rf build/alone

clean:
	rm -rf dist build .venv
