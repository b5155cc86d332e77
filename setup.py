"""Builds the distribution kefu-appliance; what it is stands in pyproject.toml."""

from setuptools import setup

setup(cmake_source_dir=".")
