import json
import os
import re
import sys

MANIFEST = {
    "name": "page-titles",
    "displayname": {"de-DE": "Überschriften", "en-US": "Page titles"},
    "description": {"de-DE": "Sucht die Titel von HTML-Dateien.", "en-US": "Finds the titles of HTML files."},
    "params": [
        {
            "name": "files",
            "type": "string-list",
            "displayname": {"de-DE": "Dateien", "en-US": "Files"},
            "required": True,
        },
        {
            "name": "password",
            "type": "secret",
            "displayname": {"de-DE": "Passwort", "en-US": "Password"},
            "description": {
                "de-DE": "Nur zum Zeigen: kommt nie als Variable.",
                "en-US": "For show only: it never comes as a variable.",
            },
        },
    ],
}

if sys.argv[1:] == ["--describe"]:
    print(json.dumps(MANIFEST))
    sys.exit()

event = json.loads(sys.stdin.readline())
files = event["params"]["files"]


def report(**keys):
    print(json.dumps({"xy": 1, **keys}), flush=True)


titles = []
for n, name in enumerate(files):
    try:
        with open(name, encoding="utf-8", errors="replace") as file:
            found = re.search(r"<title>(.*?)</title>", file.read(), re.S | re.I)
        titles.append((name, found.group(1).strip() if found else "–"))
    except OSError as error:
        report(log={"level": "error", "msg": f"{name}: {error.strerror}"})
    report(progress=(n + 1) / len(files))

print(f"{len(titles)} of {len(files)} files read")
assert "PASSWORD" not in os.environ, "secrets come by the standard input only"
report(
    markdown="\n".join(f"- {name}: {title}" for name, title in titles),
    data={"titles": titles},
    code=0 if len(titles) == len(files) else 1,
    description="" if len(titles) == len(files) else "not every file could be read",
)
