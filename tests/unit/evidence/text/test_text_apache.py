"""Apache httpd and its connector to Tomcat."""

from __future__ import annotations

from evidence.text.seen import calls, left_out

TEXT = """\
    Listen intern.shop:8080
    Define API_HOST api-v2
    <VirtualHost *:80>
      ServerName shop.acme.io:443
      ProxyPreserveHost On
      ProxyPass "/static" "!"
      ProxyPass "/api" "http://${API_HOST}:8081/api" retry=0 timeout=30
      ProxyPassReverse "/api" "http://${API_HOST}:8081/api"
      ProxyPassMatch "^/app/(.*)$" "ajp://tomcat/app/$1"
      ProxyPass "/ws" "ws://push:8090/ws"
      <Proxy "balancer://pool">
        BalancerMember "http://node-a:9000" route=a
        BalancerMember http://node-b:9000 route=b
      </Proxy>
      ProxyPass "/pool" "balancer://pool"
      <FilesMatch "\\.php$">
        SetHandler "proxy:fcgi://php-fpm:9000"
      </FilesMatch>
      RewriteRule ^/search/(.*)$ http://search:8983/solr/$1 [P,L]
      RewriteRule ^/old$ https://www.acme.io/new [R=301,L]
      AuthLDAPURL "ldap://directory:389/ou=people"
      # ProxyPass /x http://gone:80
    </VirtualHost>
"""


def test_targets():
    assert calls("httpd.conf", TEXT) == [
        ("api-v2", 8081, "http", 7),
        ("tomcat", 8009, "tcp", 9),
        ("push", 8090, "ws", 10),
        ("node-a", 9000, "http", 12),
        ("node-b", 9000, "http", 13),
        ("php-fpm", 9000, "tcp", 17),
        ("search", 8983, "http", 19),
        ("directory", 389, "ldap", 21),
    ]


def test_the_rest():
    assert left_out("httpd.conf", TEXT) == {
        "intern.shop": "an address to listen on",
        "shop.acme.io": "a name or a link in answers",
        "api-v2": "rewrites what comes back",
        "pool": "the name of a group of servers",
        "www.acme.io": "where clients are sent to",
    }


def test_workers_of_the_connector():
    text = "worker.list=w1\nworker.w1.type=ajp13\nworker.w1.host=tomcat\nworker.w1.port=8010\n"
    assert calls("workers.properties", text) == [("tomcat", 8010, "tcp", 3)]


def test_host_from_the_environment():
    text = "ProxyPass / http://${BACKEND}:${BACKEND_PORT}/\n"
    assert calls("vhost.conf", text, {"BACKEND": "cart", "BACKEND_PORT": "80"}) == [("cart", 80, "http", 1)]
    assert calls("vhost.conf", text) == []
