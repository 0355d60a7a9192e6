// Command server serves the API (Connect, gRPC and gRPC-Web) and the storefront on one port. Its sub-commands bring the database up
// to date, load the sample shop and add staff.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/queries"
	"github.com/tradewind-commerce/tradewind/services"
)

type settings struct {
	Addr        string      `name:"addr" env:"ADDR" default:":8080" help:"Where the shop and its API are served; - for nowhere, where only other processes call."`
	PrivateAddr string      `name:"private-addr" env:"PRIVATE_ADDR" default:"127.0.0.1:8083" help:"Where health, metrics and the calls that only processes may make are served; never open it to the world."`
	Pages       string      `name:"pages" env:"PAGES" default:"storefront" enum:"storefront,none" help:"Pages to serve beside the API: storefront or none."`
	Proxies     web.Proxies `name:"trusted-proxies" env:"TRUSTED_PROXIES" help:"Networks of proxies, and of the back office, that may say who a visitor is, such as 10.0.0.0/8, separated by commas."`
	ProxiesOnly bool        `name:"proxies-only" env:"PROXIES_ONLY" help:"Refuse whoever comes past the trusted proxies, so that nobody walks around the edge."`
	Country     string      `name:"store-country" env:"STORE_COUNTRY" default:"US" help:"Country whose delivery and tax product pages show; ISO 3166-1. The cart shows every other."`

	Shop      services.Settings         `embed:""`
	Resources services.ResourceSettings `embed:""`
	Telemetry telemetry.Settings        `embed:""`

	Serve   struct{} `cmd:"" default:"1" help:"Serve until stopped."`
	Migrate struct{} `cmd:"" help:"Bring the database up to date, then end. Safe to run twice at once."`
	Seed    struct {
		Folder string `default:"deploy/sample" type:"existingdir" help:"Folder with products.json and the pictures it names."`
	} `cmd:"" help:"Load the sample shop, then end. Loading it again changes nothing."`
	Staff struct {
		Add struct {
			Email         string `required:"" help:"Login name."`
			Name          string `default:"Shop owner" help:"Shown to colleagues."`
			PasswordStdin bool   `name:"password-stdin" required:"" help:"Read the password from the first line of standard input."`
		} `cmd:"" help:"Add a person to the back office with every permission."`
	} `cmd:"" help:"People of the back office."`
}

// Validate refuses what would shut everybody out.
func (s *settings) Validate() error {
	if s.ProxiesOnly && len(s.Proxies) == 0 {
		return errors.New("PROXIES_ONLY refuses everybody as long as TRUSTED_PROXIES names nobody")
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run does what the arguments say until it is done or ctx ends. Whole-shop tests call it.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	cfg, command, err := config.Parse[settings]("server", "server serves the shop and its API.", args, out)
	if err != nil {
		return err
	}
	if command == "migrate" {
		return migrate(ctx, cfg, out)
	}
	tel, err := telemetry.Start(cfg.Telemetry, "server", out)
	if err != nil {
		return err
	}
	defer tel.Stop()
	shared := services.Resources{Log: tel.Log, Metrics: tel.Registry}
	if cfg.Shop.ServesAny() {
		shared, err = services.OpenResources(ctx, cfg.Resources, "server", tel.Log, tel.Registry)
		if err != nil {
			return err
		}
		defer shared.Close()
	}
	switch command {
	case "seed":
		return seed(ctx, cfg, shared, out)
	case "staff add":
		return addStaff(ctx, cfg, shared, in, out)
	default:
		return serve(ctx, cfg, shared, tel)
	}
}

func migrate(ctx context.Context, cfg settings, out io.Writer) error {
	if cfg.Resources.DatabaseURL == "" {
		return errors.New("DATABASE_URL is not set; it says which database to bring up to date")
	}
	applied, err := postgres.Migrate(ctx, cfg.Resources.DatabaseURL.Reveal(), queries.Migrations)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d migrations applied\n", applied)
	return err
}
