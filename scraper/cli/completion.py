"""``darial completion``: the lines that make a shell complete our commands and options."""

from __future__ import annotations

from typing import Annotated

from scraper.cli import terminal
from scraper.cli.terminal import Argument
from scraper.errors import ConfigError


def completion(shell: Annotated[str, Argument(metavar="bash|zsh|fish", help="The shell.")]) -> None:
    r"""Print what a shell must be told, so that Tab completes commands and options.

    \b
    Examples:
      eval "$(darial completion bash)"                                   in ~/.bashrc
      eval "$(darial completion zsh)"                                    in ~/.zshrc, after compinit
      darial completion fish > ~/.config/fish/completions/darial.fish
    """
    if shell not in terminal.SHELLS:
        raise ConfigError([f"{shell}: not one of {', '.join(terminal.SHELLS)}"])
    print(terminal.completion(shell, name="darial"))


def register(app: terminal.Group) -> None:
    app.command()(completion)
