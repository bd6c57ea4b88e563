from pathlib import Path

from setuptools import find_namespace_packages, setup

HERE = Path(__file__).parent

DEMO = ["trustme"]

setup(
    name="b2b-portal",
    version="0.1.0",
    description="A B2B customer portal for Wagtail sites: statements, invoices, card payments.",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    packages=find_namespace_packages(include=["b2b_portal", "b2b_portal.*"]),
    include_package_data=True,
    python_requires=">=3.11",
    install_requires=[
        "wagtail>=7.4",
        "django>=5.2",
        "django-allauth>=65.14",
        "reportlab>=4.4",
        "django-q2>=1.11",
        "iyzipay>=1.0.46",
        "Babel>=2.15",
        "num2words>=0.5.14",
        "python-calamine>=0.4",
        "python-stdnum>=1.20",
        "defusedxml>=0.7.1",
        "XlsxWriter>=3.1",
    ],
    extras_require={
        "demo": DEMO,
        "speed": ["rl_accel"],
        "test": [
            *DEMO,
            "axe-playwright-python",
            "fonttools",
            "hypothesis",
            "import-linter",
            "playwright",
            "psycopg[binary]",
            "pypdf",
            "pytest",
            "pytest-django",
            "pytest-xdist",
            "redis",
            "ruff",
            "time-machine",
        ],
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Environment :: Web Environment",
        "Framework :: Django",
        "Framework :: Django :: 5.2",
        "Framework :: Django :: 6.0",
        "Framework :: Wagtail",
        "Framework :: Wagtail :: 7",
        "Framework :: Wagtail :: 8",
        "Natural Language :: English",
        "Natural Language :: Turkish",
        "Programming Language :: Python :: 3",
        "Topic :: Office/Business :: Financial :: Accounting",
    ],
)
