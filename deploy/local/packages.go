package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A dependency is a program that does not come with Go, and what it is called by those who install it.
type dependency struct {
	what  string
	found func(ctx context.Context) bool
	apt   []string // the first that the distribution offers
	brew  string
	dnf   string
}

var (
	postgresPackage = dependency{
		what:  fmt.Sprintf("PostgreSQL %d or newer", oldestPostgres),
		found: func(ctx context.Context) bool { return len(installations(ctx, "/", os.Getenv("PATH"))) > 0 },
		apt:   []string{"postgresql"}, brew: "postgresql@17", dnf: "postgresql-server postgresql-contrib",
	}
	cachePackage = dependency{
		what:  "Valkey or Redis",
		found: func(context.Context) bool { _, err := cacheProgram(); return err == nil },
		apt:   []string{"redis-server", "valkey-server"}, brew: "valkey", dnf: "valkey",
	}
	brokerPackage = dependency{
		what:  "RabbitMQ",
		found: func(context.Context) bool { _, err := brokerProgram(); return err == nil },
		apt:   []string{"rabbitmq-server"}, brew: "rabbitmq", dnf: "rabbitmq-server",
	}
	browserPackage = dependency{
		what:  "Chromium",
		found: func(context.Context) bool { return browserProgram() != "" },
		apt:   []string{"chromium-headless-shell", "chromium"}, brew: "--cask chromium", dnf: "chromium",
	}
	edgePackage = dependency{
		what:  "Varnish",
		found: func(context.Context) bool { return edgeProgram() != "" },
		apt:   []string{"varnish"}, brew: "varnish", dnf: "varnish",
	}
)

// edgeProgram is a caching proxy that tests can put in front of the shop, or nothing. Debian keeps it where only root looks.
func edgeProgram() string {
	for _, name := range []string{"varnishd", "/usr/sbin/varnishd", "/usr/local/sbin/varnishd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// browserProgram is a browser that tests can drive, or nothing.
func browserProgram() string {
	if chosen := os.Getenv("TEST_CHROMIUM"); chosen != "" {
		return chosen
	}
	// One without windows takes half as long for the same pages; named by its program, since Debian's script for it leaves it behind when it is ended.
	for _, name := range []string{"/usr/lib/chromium/chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// needPackages makes sure that what is needed is on this machine. It installs what is missing if it may, and otherwise
// says which line does.
func (l *launcher) needPackages(ctx context.Context, needed ...dependency) error {
	missing := absent(ctx, needed)
	if len(missing) == 0 {
		return nil
	}
	apt, aptErr := exec.LookPath("apt-get")
	if os.Getuid() != 0 || aptErr != nil {
		return errors.New(missingText(ctx, missing, aptErr == nil))
	}
	release, err := l.exclusive(ctx, filepath.Join(filepath.Dir(l.data), "packages.lock"))
	if err != nil {
		return err
	}
	defer release()
	if missing = absent(ctx, missing); len(missing) == 0 { // another launcher was faster
		return nil
	}
	names := aptNames(ctx, missing)
	l.say("installing %s with apt-get; nothing of it is started by the system", strings.Join(names, " "))
	install := installer{root: "/", apt: apt, dpkg: "dpkg", log: filepath.Join(l.data, "packages.log")}
	if err := install.run(names); err != nil {
		return fmt.Errorf("%w\n%s", err, missingText(ctx, missing, true))
	}
	if missing = absent(ctx, missing); len(missing) > 0 {
		return fmt.Errorf("apt-get installed %s, but there still is no %s; log: %s", strings.Join(names, " "),
			missing[0].what, install.log)
	}
	return ctx.Err()
}

func absent(ctx context.Context, needed []dependency) []dependency {
	var missing []dependency
	for _, d := range needed {
		if !d.found(ctx) {
			missing = append(missing, d)
		}
	}
	return missing
}

// missingText names what is missing and the exact line that installs it.
func missingText(ctx context.Context, missing []dependency, apt bool) string {
	var what, brew, dnf []string
	for _, d := range missing {
		what = append(what, d.what)
		brew, dnf = append(brew, d.brew), append(dnf, d.dnf)
	}
	line := "install it with your system's packages"
	switch {
	case apt:
		line = "sudo apt-get install -y --no-install-recommends " + strings.Join(aptNames(ctx, missing), " ")
	case onPath("brew"):
		line = "brew install " + strings.Join(brew, " ")
	case onPath("dnf"):
		line = "sudo dnf install -y " + strings.Join(dnf, " ")
	}
	return "this machine has no " + strings.Join(what, ", ") + "; to install:\n\n    " + line + "\n"
}

func onPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// aptNames are the packages to install: of those that do, the first that this distribution has.
func aptNames(ctx context.Context, missing []dependency) []string {
	var names []string
	for _, d := range missing {
		chosen := d.apt[0]
		for _, name := range d.apt {
			if exec.CommandContext(ctx, "apt-cache", "show", "--no-all-versions", name).Run() == nil {
				chosen = name
				break
			}
		}
		names = append(names, chosen)
	}
	return names
}
