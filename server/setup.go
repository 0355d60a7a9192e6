package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services"
)

// seed imports the sample shop as any merchant's file is imported, then makes the sizes of its pictures.
func seed(ctx context.Context, cfg settings, shared services.Resources, out io.Writer) error {
	folder, err := os.OpenRoot(cfg.Seed.Folder) // a picture's name cannot lead out of it
	if err != nil {
		return err
	}
	shared.ImageSource = func(_ context.Context, source string) (io.ReadCloser, error) {
		return folder.Open(filepath.FromSlash(source))
	}
	set, err := services.New(cfg.Shop, "seed", shared)
	if err != nil {
		return err
	}
	file, err := folder.ReadFile("products.json")
	if err != nil {
		return err
	}
	created, err := set.Sync.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "sample products.json"})
	if err != nil {
		return err
	}
	run := created.GetRun().GetId()
	const piece = 1 << 20
	for offset := 0; offset < len(file); offset += piece {
		data := file[offset:min(offset+piece, len(file))]
		if _, err := set.Sync.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: int64(offset), Data: data}); err != nil {
			return err
		}
	}
	if _, err := set.Sync.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		return err
	}
	done, err := set.Sync.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run})
	if err != nil {
		return err
	}
	if result := done.GetRun(); result.GetState() != productv1.SyncState_SYNC_STATE_DONE || result.GetRejectedRows() > 0 {
		return fmt.Errorf("the sample shop was not taken whole: %s, %d rows rejected", result.GetProblem(), result.GetRejectedRows())
	}
	if err := seedGiftCard(ctx, set, folder, cfg.Shop.StoreCurrency); err != nil {
		return err
	}
	pictures := int32(0)
	for {
		answer, err := set.Products.FetchImages(ctx, &productv1.FetchImagesRequest{Limit: 50})
		if err != nil {
			return err
		}
		if answer.GetFetched() == 0 {
			break
		}
		pictures += answer.GetFetched()
	}
	if err := showAll(ctx, set); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "sample shop: %d products created, %d changed, %d unchanged, %d pictures made\n",
		done.GetRun().GetCreated(), done.GetRun().GetUpdated(), done.GetRun().GetUnchanged(), pictures)
	return err
}

// showAll brings the read model up to date at once, so that the first visitor of a new shop sees it whole. Events do the same a moment later.
func showAll(ctx context.Context, set *services.Set) error {
	for page := ""; ; {
		list, err := set.Products.ListProducts(ctx, &productv1.ListProductsRequest{PageSize: 100, PageToken: page})
		if err != nil {
			return err
		}
		ids := make([]string, len(list.GetProducts()))
		for i, product := range list.GetProducts() {
			ids[i] = product.GetId()
		}
		if len(ids) > 0 {
			if _, err := set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: ids}); err != nil {
				return err
			}
		}
		if page = list.GetNextPageToken(); page == "" {
			return nil
		}
	}
}

// addStaff adds a person with the password on the first line of in, so that it stands in no list of processes.
func addStaff(ctx context.Context, cfg settings, shared services.Resources, in io.Reader, out io.Writer) error {
	password, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the password: %w", err)
	}
	set, err := services.New(cfg.Shop, "staff", shared)
	if err != nil {
		return err
	}
	add := cfg.Staff.Add
	_, err = set.Staff.CreateStaff(ctx, &authv1.CreateStaffRequest{Email: add.Email, DisplayName: add.Name, Password: strings.TrimRight(password, "\r\n")})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s can sign in\n", add.Email)
	return err
}
