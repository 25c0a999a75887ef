#!/usr/bin/env python3
"""Validates pipeline files against their JSON Schema, with a validator that knows nothing of Telephone.

  validate.py SCHEMA FILE...            exits 1, with a sentence for each violation, if a file is refused
  validate.py SCHEMA --refuse FILE...   exits 1 if a file is not refused

Needs jsonschema and PyYAML (pip install jsonschema PyYAML).
"""

import argparse
import json
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML as Telephone reads it: the core schema of YAML 1.2, so that `on` and dates are texts; anchors and merge keys."""


def resolvers():
    core = [
        ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
        ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
        ("tag:yaml.org,2002:float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$", list("-+.0123456789")),
        ("tag:yaml.org,2002:merge", r"^(?:<<)$", ["<"]),
    ]
    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in core:
        Loader.add_implicit_resolver(tag, re.compile(pattern), first)


def with_text_keys(value):
    """The same with keys that are texts, as in JSON."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_text_keys(item) for item in value]
    return value


def sentence(error):
    """What is wrong, and where, in a line."""
    if error.context:
        error = jsonschema.exceptions.best_match([error])
    place = error.json_path
    if error.validator == "pattern" and "patternErrorMessage" in error.schema:
        return f"{place}: {error.schema['patternErrorMessage']}, found {error.instance!r}"
    if error.validator is None:
        return f"{place}: {error.instance!r} must not stand here"
    return f"{place}: {error.message}"


def violations(validator, path):
    """The violations of a file, one sentence each."""
    try:
        with open(path, encoding="utf-8") as file:
            content = with_text_keys(yaml.load(file, Loader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        sys.exit(f"{path}: cannot be read: {error}")
    return [sentence(error) for error in sorted(validator.iter_errors(content), key=lambda error: error.json_path)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("schema")
    arguments.add_argument("files", nargs="+", metavar="FILE")
    arguments.add_argument("--refuse", action="store_true", help="exit 1 if a file is not refused")
    given = arguments.parse_args()
    resolvers()
    with open(given.schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    failed = False
    for path in given.files:
        found = violations(validator, path)
        failed = failed or bool(found) != given.refuse
        for text in found:
            print(f"{path}: {text}")
        if not found:
            print(f"{path}: not refused" if given.refuse else f"{path}: ok")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
