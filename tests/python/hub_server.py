"""A hub on this machine, to try both libraries against: serves a folder as the model ORG/NAME.

    python tests/python/hub_server.py FOLDER ORG/NAME PORT
    HF_ENDPOINT=http://127.0.0.1:PORT HF_HOME=/tmp/hf ./sentence-streams models import ORG/NAME
    HF_ENDPOINT=http://127.0.0.1:PORT HF_HOME=/tmp/hf python -c "
    from sentence_transformers import SentenceTransformer; print(SentenceTransformer('ORG/NAME').encode('a')[:3])"

Speaks what both ask for: a revision with its files, the tree, and the files themselves, large ones by
way of a redirect to another host.
Prints each request. Standard library only.
"""

import hashlib
import http.server
import json
import pathlib
import sys
import urllib.parse

LARGE = 1 << 20


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        api = f"/api/models/{model}"
        if path.startswith(api + "/revision/") or path == api:
            siblings = [entry | {"rfilename": entry["path"], "blobId": entry["oid"]} for entry in tree()]
            self.json({"id": model, "modelId": model, "sha": commit, "private": False, "tags": [], "downloads": 0,
                       "likes": 0, "siblings": siblings})  # fmt: skip
        elif path.startswith(api + "/tree/"):
            self.json([entry | {"type": "file"} for entry in tree()])
        elif path.startswith(f"/{model}/resolve/"):
            self.resolve(path.split("/", 5)[5])
        elif path.startswith("/store/"):
            self.content(files[path.removeprefix("/store/")])
        else:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    def resolve(self, name):
        if name not in files:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        content = files[name]
        headers = {"X-Repo-Commit": commit, "ETag": f'"{blob(content)}"'}
        if len(content) < LARGE:
            return self.content(content, headers)
        digest = hashlib.sha256(content).hexdigest()
        linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        self.answer(302, b"", headers | linked | {"Location": f"http://localhost:{sys.argv[3]}/store/{name}"})

    def content(self, content, headers=None):
        headers = headers or {"ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
        start = self.headers.get("Range", "").removeprefix("bytes=").split("-")[0]
        if start:
            part = content[int(start) :]
            span = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self.answer(206, part, headers | {"Content-Range": span})
        self.answer(200, content, headers)

    def json(self, value):
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def blob(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def tree():
    for name, content in files.items():
        entry = {"path": name, "size": len(content), "oid": blob(content)}
        if len(content) >= LARGE:
            entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "oid": hashlib.sha256(content).hexdigest(),
                            "size": len(content), "pointerSize": 134}  # fmt: skip
        yield entry


if __name__ == "__main__":
    root, model = pathlib.Path(sys.argv[1]), sys.argv[2]
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    commit = hashlib.sha1("".join(files).encode()).hexdigest()
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Hub).serve_forever()
