# what: a page that lay in /run: 200 before, 404 after
# expect: (port 8095 .*404|404.*8095|tcp/8095 .*404)
# broken: test ! -e /run/d-web/index.html
# foretold: no
mkdir -p /run/d-web
echo karibu >/run/d-web/index.html
docker run -d --name d-web --restart unless-stopped -p 8095:80 -v /run/d-web:/www "$(docker image ls -q | head -n 1)"
