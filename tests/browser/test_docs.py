#!/usr/bin/env python3
"""The guides say what is so: their receivers tell a real webhook from a false one, and every path they name is one that the programs answer.
And what the dashboard judges by itself, addresses and clocks, it judges as the programs do."""
import glob
import html
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from tg import BUILD, SRC, check, finish  # noqa: E402

# The vector that is published with Standard Webhooks.
SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
HEADERS = {'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330', 'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='}
BODY, NOW = '{"test": 2432232314}', 1614265400
CASES = [
    ('the published vector', True, HEADERS, BODY, NOW),
    ('two signatures, the second one right', True, dict(HEADERS, **{'webhook-signature': 'v1,AAAA ' + HEADERS['webhook-signature']}), BODY, NOW),
    ('another body', False, HEADERS, BODY + ' ', NOW),
    ('another id', False, dict(HEADERS, **{'webhook-id': 'msg_other'}), BODY, NOW),
    ('another signature', False, dict(HEADERS, **{'webhook-signature': 'v1,' + 'A' * 43 + '='}), BODY, NOW),
    ('no headers at all', False, {}, BODY, NOW),
    ('older than five minutes', False, HEADERS, BODY, NOW + 400),
    ('a timestamp that is no number', False, dict(HEADERS, **{'webhook-timestamp': '1614265330x'}), BODY, NOW),
]
RUNNERS = {
    'python': ('py', ['python3'], '%s\nimport json, sys\nfor name, right, headers, body, now in json.loads(sys.argv[1]):\n    print(json.dumps(check(%s, headers, body.encode(), now)))\n'),
    'node': ('mjs', ['node'], '%s\nfor (const [name, right, headers, body, now] of JSON.parse(process.argv[2])) console.log(check(%s, headers, Buffer.from(body), now));\n'),
    'php': ('php', ['php'], '%s\nforeach (json_decode($argv[1], true) as [$name, $right, $headers, $body, $now]) echo check(%s, $headers, $body, $now) ? "true" : "false", "\\n";\n'),
}


def receivers():
    with open(SRC + '/htdocs/docs/webhooks.html', encoding='utf-8') as f:
        page = f.read()
    for language, (suffix, command, frame) in RUNNERS.items():
        sample = html.unescape(re.search(r'<pre id="receiver-%s"[^>]*><code>(.*?)</code></pre>' % language, page, re.S).group(1))
        with tempfile.NamedTemporaryFile('w', suffix='.' + suffix, encoding='utf-8') as f:
            f.write(frame % (sample, json.dumps(SECRET)))
            f.flush()
            p = subprocess.run(command + [f.name, json.dumps(CASES)], capture_output=True, text=True)
        said = p.stdout.split()
        check('the receiver in %s runs' % language, p.returncode == 0 and len(said) == len(CASES), p.stdout + p.stderr)
        for (name, right, *_), answer in zip(CASES, said):
            check('the receiver in %s: %s is %s' % (language, name, 'taken' if right else 'refused'), answer == json.dumps(right), answer)


def paths():
    known = set()
    for program in glob.glob(BUILD + '/fcgi/*.fcgi'):
        for route in json.loads(subprocess.run([program, '--describe'], check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout)['routes']:
            known.add((route.get('mount', '/open-api/v1') + re.sub(r'{\w+}', '*', route['path'])))
    for file in sorted(glob.glob(SRC + '/htdocs/docs/*.html') + [SRC + '/htdocs/index.html']):
        with open(file, encoding='utf-8') as f:
            text = html.unescape(re.sub(r'<[^>]+>', '', f.read()))
        text = text.replace('$API', '/open-api/v1').replace('$SELL', '/box-office/v1')
        for path in sorted(set(re.findall(r'/(?:open-api|box-office)/v1/[A-Za-z0-9/_{}-]+', text))):
            wild = re.sub(r'/(himig-ng-bayan|ORDER_ID|\{id\})(?=/|$)', '/*', path)
            check('%s: %s is a path of the API' % (os.path.basename(file), path), wild in known, sorted(known))
        for target in re.findall(r'(?:href|src)="(?!https?:)([^"#]+)[^"]*"', open(file, encoding='utf-8').read()):
            there = os.path.join(os.path.dirname(file), target)
            check('%s: %s leads somewhere' % (os.path.basename(file), target), os.path.exists(there) or target.endswith('open-api/v1/openapi.json'), there)


receivers()
paths()
p = subprocess.run(['node', SRC + '/tests/browser/modules.mjs', SRC], capture_output=True, text=True)
print(p.stdout, end='', flush=True)
check('modules.mjs came to its end', p.returncode == 0, p.stderr)
finish()
