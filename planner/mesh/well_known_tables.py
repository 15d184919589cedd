"""Habits of well-known products: which scheme, port, image and port name goes with which protocol.

Data only. Left out on purpose are numbers and names with several habits (9093 is Kafka over TLS and
Alertmanager, 9090 is Prometheus and gRPC, 3000 and 5000 are anything).
"""

from __future__ import annotations

_SCHEME_GROUPS: dict[str, str] = {
    "amqp": "amqp",
    "amqps": "amqps amqp+ssl",
    "bolt": "bolt neo4j",
    "cassandra": "cassandra",
    "clickhouse": "clickhouse ch",
    "db2": "db2",
    "dns": "dns",
    "ftp": "ftp",
    "ftps": "ftps",
    "git": "git",
    "grpc": "grpc etcd",
    "http": "http http+srv git+http elasticsearch opensearch es influxdb couchdb",
    "http2": "h2c http2",
    "https": "https git+https",
    "imap": "imap",
    "imaps": "imaps",
    "irc": "irc",
    "kafka": "kafka",
    "ldap": "ldap",
    "ldaps": "ldaps",
    "memcached": "memcached memcache",
    "mongo": "mongodb mongo",
    "mqtt": "mqtt",
    "mqtts": "mqtts mqtt+ssl",
    "mysql": "mysql mariadb mysqlx aurora",
    "nats": "nats",
    "nfs": "nfs",
    "openwire": "openwire",
    "oracle": "oracle",
    "pop3": "pop3 pop",
    "pop3s": "pop3s",
    "postgres": "postgres postgresql pgsql cockroachdb redshift timescaledb edb",
    "pulsar": "pulsar",
    "redis": "redis valkey redis-sentinel redis+sentinel sentinel redis+cluster redis-cluster",
    "rediss": "rediss valkeys rediss+sentinel",
    "rsync": "rsync",
    "rtsp": "rtsp",
    "smb": "smb cifs",
    "smtp": "smtp submission",
    "smtps": "smtps",
    "sqlserver": "sqlserver mssql jtds jtds:sqlserver",
    "ssh": "ssh sftp scp git+ssh ssh+git svn+ssh",
    "statsd": "statsd",
    "stomp": "stomp",
    "syslog": "syslog",
    "stun": "stun",
    "thrift": "thrift",
    "turn": "turn",
    "tcp": "tcp",
    # Encrypted from the first byte, whatever is inside.
    "tls": "tls ssl grpcs mongodb+srv pulsar+ssl stomp+ssl bolt+s neo4j+s bolt+ssc neo4j+ssc",
    "udp": "udp",
    "ws": "ws",
    "wss": "wss",
    "zookeeper": "zookeeper zk",
}

SCHEMES: dict[str, str] = {key: spoken for spoken, keys in _SCHEME_GROUPS.items() for key in keys.split()}
"""Scheme to what is spoken."""

SCHEME_PORTS: dict[str, int] = {
    "amqp": 5672, "amqps": 5671, "amqp+ssl": 5671, "aurora": 3306, "bolt": 7687, "bolt+s": 7687, "cassandra": 9042,
    "cifs": 445, "cockroachdb": 26257, "couchdb": 5984, "clickhouse": 9000, "db2": 50000, "dns": 53,
    "elasticsearch": 9200, "es": 9200, "etcd": 2379, "ftp": 21, "ftps": 990, "git": 9418, "git+http": 80,
    "git+https": 443, "git+ssh": 22, "http": 80, "https": 443, "imap": 143, "imaps": 993, "influxdb": 8086,
    "irc": 6667, "jtds": 1433, "kafka": 9092, "ldap": 389, "ldaps": 636, "mariadb": 3306, "memcache": 11211,
    "memcached": 11211, "mongo": 27017, "mongodb": 27017, "mongodb+srv": 27017, "mqtt": 1883, "mqtts": 8883,
    "mssql": 1433, "mysql": 3306, "mysqlx": 33060, "nats": 4222, "neo4j": 7687, "neo4j+s": 7687, "nfs": 2049,
    "ntp": 123, "opensearch": 9200, "openwire": 61616, "oracle": 1521, "pgsql": 5432, "pop": 110, "pop3": 110,
    "pop3s": 995, "postgres": 5432, "postgresql": 5432, "pulsar": 6650, "pulsar+ssl": 6651, "redis": 6379,
    "redis+sentinel": 26379, "redis-sentinel": 26379, "rediss": 6379, "redshift": 5439, "rsync": 873, "rtsp": 554,
    "scp": 22, "sentinel": 26379, "sftp": 22, "smb": 445, "smtp": 25, "smtps": 465, "sqlserver": 1433, "ssh": 22,
    "statsd": 8125, "stomp": 61613, "submission": 587, "svn+ssh": 22, "syslog": 514, "telnet": 23,
    "timescaledb": 5432, "valkey": 6379, "valkeys": 6379, "ws": 80, "wss": 443, "zk": 2181, "zookeeper": 2181,
}  # fmt: skip
"""Scheme to the port of a URL that names none."""

_IMAGE_GROUPS: dict[str, str] = {
    "amqp": "rabbitmq lavinmq",
    "bolt": "memgraph",
    "cassandra": "cassandra scylla scylladb dse-server",
    "db2": "db2 db2_community",
    "dns": "bind9 coredns dnsmasq powerdns unbound",
    "ftp": "vsftpd proftpd pure-ftpd pureftpd",
    "grpc": "etcd flagd",
    "http": """apache arangodb caddy consul couchdb elasticsearch gitea grafana httpd httpbin influxdb keycloak kibana
        loki minio nexus3 nginx nginx-unprivileged openresty opensearch prometheus sonarqube solr swagger-ui tomcat
        vault victoria-metrics wordpress zipkin""",
    "imap": "dovecot",
    "kafka": "kafka cp-kafka cp-server redpanda",
    "ldap": "openldap 389ds glauth lldap",
    "memcached": "memcached",
    "mongo": "mongo mongodb mongodb-community-server percona-server-mongodb ferretdb mongos",
    "mqtt": "mosquitto eclipse-mosquitto emqx vernemq hivemq4 hivemq",
    "mysql": """mysql mysqld mariadb mariadb-galera percona percona-server percona-xtradb-cluster mysql-router
        proxysql maxscale tidb vtgate""",
    "nats": "nats nats-server nats-streaming jetstream",
    "ntp": "ntp ntpd chrony",
    "openwire": "activemq activemq-classic",
    "oracle": "oracle oracle-xe oracle-free database/free database/express database/enterprise",
    "postgres": """postgres postgresql postgis timescaledb timescaledb-ha pgvector pgbouncer pgpool spilo spilo-15
        cockroach cockroachdb yugabyte cloudnative-pg/postgresql crunchy-postgres""",
    "pulsar": "pulsar pulsar-all",
    "redis": "redis redis-stack redis-stack-server valkey keydb dragonfly redis-sentinel redis-cluster kvrocks",
    "rsync": "rsyncd",
    "rtsp": "mediamtx rtsp-simple-server",
    "smtp": "postfix exim exim4 mailhog mailpit maildev haraka opensmtpd docker-mailserver smtp smtp4dev",
    "sqlserver": "mssql/server mssql mssql-server azure-sql-edge",
    "ssh": "openssh-server sshd sftp sftpgo",
    "statsd": "statsd graphite-statsd",
    "stomp": "stomp",
    "syslog": "rsyslog syslog-ng",
    "vnc": "novnc-server x11vnc tigervnc",
    "xmpp": "ejabberd prosody",
    "zookeeper": "zookeeper cp-zookeeper",
}

IMAGES: dict[str, str] = {key: spoken for spoken, keys in _IMAGE_GROUPS.items() for key in keys.split()}
"""Last part of an image's name (or the last two) to what its container serves."""

_OTHER_SIDES = """admin agent backup bootstrap browser bridge cli client commander connect console consumer controller
dump exporter express init insight job loader manager metrics migrate migration migrations migrator monitor operator
producer proxy reloader restore seed sync test tester tool tools ui viewer wait watcher web worker"""

NOT_A_SERVER = frozenset(_OTHER_SIDES.split())
"""Words in an image's name that say: this speaks to such a server, it is none."""

_SAME_PRODUCT = """alpha alpine broker ce cluster community debian ee enterprise ha jre kraft legacy master native node
oss photon primary replica repmgr server sharded single slim stack standalone ubi"""

EDITIONS = frozenset(_SAME_PRODUCT.split())
"""Words after a product's name in an image that do not change what it serves."""

_NAME_GROUPS: dict[str, str] = {
    "amqp": "amqp rabbitmq rabbit",
    "amqps": "amqps",
    "bolt": "bolt",
    "cassandra": "cassandra cql",
    "clickhouse": "clickhouse",
    "dns": "dns domain",
    "ftp": "ftp",
    "ftps": "ftps",
    "git": "git",
    "grpc": "grpc otlp-grpc",
    "grpc-web": "grpc-web",
    "http": "http http1 web www webui metrics prometheus prom elasticsearch opensearch kibana",
    "http2": "http2 h2c",
    "https": "https",
    "imap": "imap",
    "imaps": "imaps",
    "kafka": "kafka",
    "ldap": "ldap",
    "ldaps": "ldaps",
    "memcached": "memcached memcache",
    "mongo": "mongo mongodb",
    "mqtt": "mqtt",
    "mqtts": "mqtts",
    "mysql": "mysql mysqlx mariadb",
    "nats": "nats",
    "nfs": "nfs",
    "ntp": "ntp",
    "openwire": "openwire",
    "oracle": "oracle",
    "pop3": "pop3",
    "pop3s": "pop3s",
    "postgres": "postgres postgresql pgsql pg pgbouncer",
    "pulsar": "pulsar",
    "rdp": "rdp",
    "redis": "redis valkey sentinel",
    "rediss": "rediss",
    "rsync": "rsync",
    "rtsp": "rtsp",
    "smtp": "smtp submission",
    "smtps": "smtps",
    "sqlserver": "sqlserver mssql",
    "ssh": "ssh sftp",
    "statsd": "statsd",
    "stomp": "stomp",
    "syslog": "syslog",
    "tcp": "tcp",
    "stun": "stun",
    "telnet": "telnet",
    "thrift": "thrift",
    "turn": "turn",
    "tls": "tls ssl mtls",
    "udp": "udp",
    "vnc": "vnc",
    "wavefront": "wavefront",
    "ws": "ws websocket",
    "zabbix": "zabbix",
    "wss": "wss",
    "xmpp": "xmpp",
    "zookeeper": "zookeeper zk",
}

NAMES: dict[str, str] = {key: spoken for spoken, keys in _NAME_GROUPS.items() for key in keys.split()}
"""A port's name, or one word of it, to what is spoken."""
