// Command worker does what nobody waits for: it relays events, settles payments, imports products, sends mails and lets holds expire.
// It holds no business logic; each consumer and each schedule calls a service. Any number of workers share the work.
//
// jobs.go lists all of the work; each job has a file, which says what is called, how often, and what of it may go on at once.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
)

type settings struct {
	PrivateAddr string        `name:"private-addr" env:"PRIVATE_ADDR" default:"127.0.0.1:8082" help:"Where health and metrics are served; never open it to the world."`
	Jobs        []string      `name:"jobs" env:"JOBS" help:"What this worker does: catalog, products, payment, customers, mail, expiry, sync, exports, images, edge. None: everything."`
	AMQPURL     config.Secret `name:"amqp-url" env:"AMQP_URL" help:"Message broker, amqp://user:password@host:port, AMQP 1.0. None: the database is the queue."`
	QueuePrefix string        `name:"amqp-queue-prefix" env:"AMQP_QUEUE_PREFIX" default:"tradewind." help:"Stands before the names of this shop's queues, so that shops can share a broker."`
	AMQPDialect string        `name:"amqp-dialect" env:"AMQP_DIALECT" help:"The broker's form of addresses: rabbit3, rabbit4 or activemq. None: found out."`
	EdgeURLs    []string      `name:"edge-purge-urls" env:"EDGE_PURGE_URLS" help:"Caching proxies in front of the shop, which are told what changed, such as http://edge:6081; the same for every worker. None: they notice within a minute."`
	EdgeToken   config.Secret `name:"edge-purge-token" env:"EDGE_PURGE_TOKEN" help:"Proves to these proxies that it is the shop that tells them."`

	Shop      services.Settings         `embed:""`
	Resources services.ResourceSettings `embed:""`
	Telemetry telemetry.Settings        `embed:""`

	Work           struct{}    `cmd:"" default:"1" help:"Work until stopped."`
	Sync           syncCommand `cmd:"" help:"Import products from a file, showing progress, then end."`
	RebuildCatalog struct{}    `cmd:"" help:"Make anew what shoppers browse and search, while they do, then end. Needed once after a release that says so, and after LOCALES was changed."`
}

// Validate checks the jobs against those there are.
func (s *settings) Validate() error {
	for _, job := range s.Jobs {
		if !slices.Contains(jobNames(), job) {
			return fmt.Errorf("JOBS: there is no job %q; they are %s", job, strings.Join(jobNames(), ", "))
		}
	}
	return nil
}

func (s *settings) does(job string) bool { return len(s.Jobs) == 0 || slices.Contains(s.Jobs, job) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run works until ctx ends. Whole-shop tests call it.
func run(ctx context.Context, args []string, out io.Writer) error {
	cfg, command, err := config.Parse[settings]("worker", "worker does the shop's work in the background.", args, out)
	if err != nil {
		return err
	}
	log := out
	if command == "sync" || command == "rebuild-catalog" {
		log = os.Stderr // the terminal shows progress
	}
	tel, err := telemetry.Start(cfg.Telemetry, "worker", log)
	if err != nil {
		return err
	}
	defer tel.Stop()
	shared, err := services.OpenResources(ctx, cfg.Resources, "worker", tel.Log, tel.Registry)
	if err != nil {
		return err
	}
	defer shared.Close()
	set, err := services.New(cfg.Shop, "worker", shared)
	if err != nil {
		return err
	}
	if command == "sync" {
		return runSync(ctx, set, cfg.Sync, out)
	}
	if command == "rebuild-catalog" {
		return rebuildCatalog(ctx, set.Catalog, out)
	}
	if err := cfg.Shop.Reach(ctx); err != nil {
		return err
	}
	return work(ctx, cfg, set, shared, tel)
}

// work runs consumers and schedules beside the private port, until ctx ends; what is in hand is finished first.
func work(ctx context.Context, cfg settings, set *services.Set, shared services.Resources, tel *telemetry.Telemetry) error {
	var consumers []broker.Consumer
	jobOf := make(map[string]string)
	for _, job := range jobs {
		for _, consumer := range job.consumers(cfg, set) {
			consumers = append(consumers, consumer)
			jobOf[consumer.Name] = job.name
		}
	}
	events, err := broker.Open(ctx, shared.DB, broker.Config{
		URL: cfg.AMQPURL.Reveal(), Dialect: cfg.AMQPDialect, QueuePrefix: cfg.QueuePrefix, Metrics: tel.Registry,
		Runs: func(consumer string) bool { return cfg.does(jobOf[consumer]) },
	}, consumers...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { events.Run(ctx) })
	for _, job := range jobs {
		if !cfg.does(job.name) {
			continue
		}
		for _, schedule := range job.schedules {
			running.Go(func() { schedule.run(ctx, set, tel.Log) })
		}
	}
	if cfg.does("expiry") {
		running.Go(func() { forgetKeys(shared).run(ctx, set, tel.Log) })
	}
	err = web.Serve(ctx, web.Server{
		PrivateAddr: cfg.PrivateAddr, Metrics: tel.Metrics(), Log: tel.Log,
		Ready: func(ctx context.Context) error { _, err := shared.DB.Primary().Exec(ctx, "select 1"); return err },
	})
	cancel()
	running.Wait()
	return err
}
