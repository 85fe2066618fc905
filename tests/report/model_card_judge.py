"""model_card_judge.py CARD: PyYAML's view of a card's front matter as one line of JSON, then what a browser would
take for markup in the rendered text: none, or the tags' names that Markdown itself doesn't make."""
import html.parser
import json
import pathlib
import re
import sys

import markdown
import yaml

_, front, body = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").split("---\n", 2)
print(json.dumps(yaml.safe_load(front)))
OURS = {"h1", "h2", "p", "strong", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code"}


class Tags(html.parser.HTMLParser):
    foreign, cells, text = set(), [], ""

    def handle_starttag(self, tag, attributes):
        if tag not in OURS or attributes:
            self.foreign.add(tag)

    def handle_data(self, data):
        self.text += data


tags = Tags()
tags.feed(markdown.markdown(body, extensions=["tables", "fenced_code"]))
print(json.dumps(sorted(tags.foreign)))
print(json.dumps(re.sub(r"\s+", " ", tags.text)))
