"""Where each setting comes from, and keeping a choice in `citewire.toml`, which every command and the app read.

Only the lines of the settings that change are touched: comments and everything else in the file stay.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qa.errors import SettingsError
from qa.settings import CONFIG_FILE, PREFIX, Settings

Value = str | int | float


def origin(settings: Settings, name: str, path: Path = Path(CONFIG_FILE)) -> str:
    """Where the value in force comes from: the environment, the file, the way the program was started, or a default."""
    value = getattr(settings, name)
    if found := in_environment(name):
        return f"environment, {found}" if _same(os.environ[found], value) else "chosen here"
    stored = stored_values(path)
    if name in stored:
        return CONFIG_FILE if _same(stored[name], value) else "chosen here"
    return "default" if value == Settings.model_fields[name].get_default(call_default_factory=True) else "chosen here"


def in_environment(name: str) -> str | None:
    """The environment variable that sets this; it wins over the file."""
    return next((key for key in os.environ if key.upper() == PREFIX + name.upper()), None)


def stored_values(path: Path = Path(CONFIG_FILE)) -> dict[str, Any]:
    """What the file says; nothing when there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{str(path)!r} cannot be read: {error}") from error


def keep(changes: Mapping[str, Value], path: Path = Path(CONFIG_FILE)) -> None:
    """Write these settings to the file, made if it is not there.

    Raises:
        SettingsError: a name is no setting, or the file cannot be read or written; it is left as it was.
    """
    if unknown := sorted(set(changes) - set(Settings.model_fields)):
        raise SettingsError(f"{unknown[0]!r} is no setting. Known: {', '.join(Settings.model_fields)}")
    expected = stored_values(path) | dict(changes)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for name, value in changes.items():
        line = f"{name} = {json.dumps(value)}"  # JSON's strings and numbers are TOML's too
        text, found = re.subn(rf"(?m)^[ \t]*{name}[ \t]*=.*$", line.replace("\\", r"\\"), text, count=1)
        if not found:
            text = f"{text.rstrip()}\n{line}\n".lstrip()
    try:
        if tomllib.loads(text) != expected:
            raise ValueError("its layout is unusual")
        written = path.with_name(f"{path.name}.tmp")
        written.write_text(text, encoding="utf-8")
        written.replace(path)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{str(path)!r} cannot be changed ({error}). Set {', '.join(changes)} there by hand."
        ) from error


def _same(stored: object, value: object) -> bool:
    return str(stored) == str(value) or (
        isinstance(value, int | float) and _number(stored) is not None and _number(stored) == float(value)
    )


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None
