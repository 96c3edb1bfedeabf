"""The command `darial`: each module brings a group of commands; `main` puts them together and turns errors into exit codes."""
