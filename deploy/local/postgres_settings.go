package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// settingsFile is included by a cluster's postgresql.conf and written anew at each start, so that a newer launcher's
// settings, or another port, reach older data.
const settingsFile = "tradewind.conf"

// settings are what differs between the clusters of the shop and of the tests.
type settings struct {
	connections int
	// disposable data may be lost with the machine's power: nothing waits for the disk.
	disposable bool
	// follows is how a replica reaches its primary; empty for a primary.
	follows string
	// preload is empty where pg_stat_statements is not installed.
	preload string
}

func (c cluster) writeSettings(dir string) error {
	if err := c.as.file(filepath.Join(dir, settingsFile), c.configuration()); err != nil {
		return err
	}
	return c.as.file(filepath.Join(dir, "pg_hba.conf"), access)
}

// access: through the socket whoever may enter its folder, over TCP only with a password.
const access = `local all ` + superuser + ` trust
local replication ` + superuser + ` trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
`

func (c cluster) configuration() string {
	lines := []string{
		"# Written by go run ./deploy/local at each start.",
		"listen_addresses = '127.0.0.1'",
		fmt.Sprintf("port = %d", c.port),
		"unix_socket_directories = " + quoted(c.socket),
		"cluster_name = " + quoted("tradewind "+c.name),
		fmt.Sprintf("max_connections = %d", c.settings.connections),
		fmt.Sprintf("shared_buffers = %dMB", c.buffers()),
		"password_encryption = scram-sha-256",
		"timezone = UTC",
		"log_timezone = UTC",
		"log_destination = stderr",
		"logging_collector = off",
		"log_line_prefix = '%m [%p] %q%u@%d %a '",
		"wal_level = replica",
		"max_wal_senders = 10",
		"wal_keep_size = 256MB",
		"hot_standby = on",
		// A token taken at commit is good on a replica only if commits wait for the flush.
		"synchronous_commit = on",
		// The default of 5s is how long a replica would sulk after its primary restarted.
		"wal_retrieve_retry_interval = 200ms",
		// A long read on the replica keeps its rows on the primary instead of being cancelled.
		"hot_standby_feedback = on",
		"wal_receiver_status_interval = 1s",
	}
	patience := "5s"
	if c.settings.disposable {
		patience = "1s"
		lines = append(lines, "fsync = off", "full_page_writes = off", "checkpoint_timeout = 15min")
	}
	// How long a read may hold up the replica where feedback cannot help, as with a table's exclusive lock.
	lines = append(lines, "max_standby_streaming_delay = "+patience, "max_standby_archive_delay = "+patience)
	if c.settings.preload != "" {
		lines = append(lines, "shared_preload_libraries = "+quoted(c.settings.preload))
	}
	if c.settings.follows != "" {
		lines = append(lines, "primary_conninfo = "+quoted(c.settings.follows))
	}
	return strings.Join(lines, "\n") + "\n"
}

// buffers is how many megabytes a server keeps of its data at most: an eighth of the machine's memory, so that a shop's two servers have the quarter
// that PostgreSQL's manual gives to one. It is taken as data comes. Tests have little.
func (c cluster) buffers() int {
	const least, most = 128, 4096
	if c.settings.disposable {
		return least
	}
	return min(max(memory()/8, least), most)
}

// memory is how many megabytes the machine has; 0 where it does not say as Linux does.
func memory() int {
	content, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kilobytes int
	if _, err := fmt.Sscanf(string(content), "MemTotal: %d kB", &kilobytes); err != nil {
		return 0
	}
	return kilobytes / 1024
}

// quoted is a value as postgresql.conf wants it.
func quoted(value string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(value, `\`, `\\`), "'", "''") + "'"
}

// connInfo is how a replica reaches its primary, as libpq wants it.
func connInfo(socket string, port int) string {
	escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	return fmt.Sprintf("host='%s' port=%d user=%s application_name=replica", escape.Replace(socket), port, superuser)
}

// preload names pg_stat_statements if the server could load it: naming a missing library would stop its start.
func preload(programs string) string {
	const name = "pg_stat_statements"
	for _, dir := range []string{"../lib", "../lib/postgresql", "../lib64/pgsql", "../lib/pgsql"} {
		for _, suffix := range []string{".so", ".dylib"} {
			if _, err := os.Stat(filepath.Join(programs, dir, name+suffix)); err == nil {
				return name
			}
		}
	}
	return ""
}
