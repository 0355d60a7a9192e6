package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// brokerProgram is RabbitMQ's own start script. The one in Debian's PATH is a wrapper that serves only root and rabbitmq.
func brokerProgram() (string, error) {
	for _, path := range []string{"/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/homebrew/sbin/rabbitmq-server",
		"/usr/local/sbin/rabbitmq-server"} {
		if exists(path) {
			return filepath.EvalSymlinks(path)
		}
	}
	if path, err := exec.LookPath("rabbitmq-server"); err == nil {
		return filepath.EvalSymlinks(path)
	}
	return "", errors.New("there is no rabbitmq-server on this machine")
}

// brokerHeader opens AMQP 1.0 with a login, and is its answer too. Without its plugin, RabbitMQ 3 answers with 0.9.1.
const brokerHeader = "AMQP\x03\x01\x00\x00"

// startBroker runs a RabbitMQ node that shares nothing with the machine's own: neither name, data, ports nor epmd.
func (l *launcher) startBroker(ctx context.Context, s site, as *owner, base int, password string) error {
	program, err := brokerProgram()
	if err != nil {
		return err
	}
	home, err := l.plainFolder(s, as, "rabbitmq")
	if err != nil {
		return err
	}
	env, err := brokerFiles(home, as, program, "tradewind-"+filepath.Base(l.data), base, password)
	if err != nil {
		return err
	}
	if err := startBrokerNames(ctx, s, as, base+portBrokerNames); err != nil {
		return err
	}
	p, err := s.start(part{
		name: "rabbitmq",
		path: program,
		env:  env,
		dir:  s.path,
		as:   as,
		port: base + portBroker,
		stop: syscall.SIGTERM,
	})
	if err != nil {
		return err
	}
	return p.await(ctx, 2*time.Minute, func(ctx context.Context) error {
		return answers(ctx, base+portBroker, brokerHeader, brokerHeader)
	})
}

// startBrokerNames runs epmd ourselves. RabbitMQ would leave its own running after its end.
func startBrokerNames(ctx context.Context, s site, as *owner, port int) error {
	if _, running := s.running("epmd"); running {
		return nil
	}
	program, err := exec.LookPath("epmd")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/erlang/erts-*/bin/epmd")
		if len(found) == 0 {
			return errors.New("there is no epmd on this machine, though it comes with RabbitMQ's Erlang")
		}
		program = found[len(found)-1]
	}
	p, err := s.start(part{
		name: "epmd",
		path: program,
		args: []string{"-address", "127.0.0.1", "-port", strconv.Itoa(port)},
		env:  without(os.Environ(), []string{"ERL_"}),
		dir:  s.path,
		as:   as,
		port: port,
		stop: syscall.SIGTERM,
	})
	if err != nil {
		return err
	}
	return p.await(ctx, 10*time.Second, func(ctx context.Context) error {
		return answers(ctx, port, "\x00\x01n", string([]byte{0, 0, byte(port >> 8), byte(port)})) // NAMES; its own port
	})
}

// brokerFiles writes the node's settings and returns the environment that points to them.
func brokerFiles(home string, as *owner, program, node string, base int, password string) ([]string, error) {
	for _, dir := range []string{filepath.Join(home, "data"), filepath.Join(home, "log")} {
		if err := as.folder(dir); err != nil {
			return nil, err
		}
	}
	plugins := "[]."
	if found, _ := filepath.Glob(filepath.Join(filepath.Dir(program), "../plugins/rabbitmq_amqp1_0*")); len(found) > 0 {
		plugins = "[rabbitmq_amqp1_0]."
	}
	files := map[string]string{
		"rabbitmq.conf": fmt.Sprintf("listeners.tcp.1 = 127.0.0.1:%d\ndefault_user = tradewind\ndefault_pass = %s\n",
			base+portBroker, password),
		"advanced.config": "[].\n",
		"rabbitmq.env":    "",
		"plugins":         plugins + "\n",
	}
	for name, content := range files {
		if err := as.file(filepath.Join(home, name), content); err != nil {
			return nil, err
		}
	}
	return without(os.Environ(), []string{"RABBITMQ_", "ERL_", "NOTIFY_SOCKET=", "HOME="},
		"HOME="+home, // where Erlang keeps the cookie that lets nodes talk
		"RABBITMQ_NODENAME="+node+"@localhost",
		"RABBITMQ_NODE_PORT="+strconv.Itoa(base+portBroker),
		"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1",
		"RABBITMQ_DIST_PORT="+strconv.Itoa(base+portBrokerNode),
		"RABBITMQ_MNESIA_BASE="+filepath.Join(home, "data"),
		"RABBITMQ_LOG_BASE="+filepath.Join(home, "log"),
		"RABBITMQ_LOGS=-",
		"RABBITMQ_CONFIG_FILE="+filepath.Join(home, "rabbitmq.conf"),
		"RABBITMQ_ADVANCED_CONFIG_FILE="+filepath.Join(home, "advanced.config"),
		"RABBITMQ_CONF_ENV_FILE="+filepath.Join(home, "rabbitmq.env"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+filepath.Join(home, "plugins"),
		// Idle schedulers of the Erlang machine otherwise spin, and take processors from the tests.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+sbwt none +sbwtdcpu none +sbwtdio none "+
			"-kernel inet_dist_use_interface {127,0,0,1}",
		"ERL_EPMD_PORT="+strconv.Itoa(base+portBrokerNames),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"RUNNING_UNDER_SYSTEMD=true", // the script becomes the node instead of staying as its parent
	), nil
}
