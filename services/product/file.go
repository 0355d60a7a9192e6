package product

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// mostFiles bounds the files of a variant, and with them what an order copies.
	mostFiles = 20
)

var errNoFile = rpc.NotFound("there is no such file")

// ListProductFiles returns what buyers of a product download.
func (s *Service) ListProductFiles(ctx context.Context, req *productv1.ListProductFilesRequest) (*productv1.ListProductFilesResponse, error) {
	rows, err := queries.ListProductFiles(ctx, s.cfg.DB.Read(ctx), req.GetProductId())
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	answer := &productv1.ListProductFilesResponse{SizeLimit: s.cfg.FileLimit}
	var variants []string
	for _, row := range rows {
		answer.Files = append(answer.Files, toFile(row))
		if !slices.Contains(variants, row.VariantID) {
			variants = append(variants, row.VariantID)
		}
	}
	for some := range slices.Chunk(variants, stockBatch) {
		stock, err := s.cfg.Stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: some})
		if err != nil {
			return nil, fmt.Errorf("ask for stock: %w", err)
		}
		for _, level := range stock.GetStock() {
			if !level.GetUnlimited() {
				answer.LimitedVariantIds = append(answer.LimitedVariantIds, level.GetVariantId())
			}
		}
	}
	return answer, nil
}

// AddVariantFile stores the content first, then the file in a transaction, and then how the variant sells: on the way it may for a moment be digital with
// the stock that it had, but never a parcel without end.
func (s *Service) AddVariantFile(ctx context.Context, req *productv1.AddVariantFileRequest) (*productv1.AddVariantFileResponse, error) {
	name, err := fileName(req.GetName())
	if err != nil {
		return nil, err
	}
	product, err := queries.FindVariantProduct(ctx, s.cfg.DB.Primary(), req.GetVariantId())
	if postgres.IsNoRows(err) {
		return nil, rpc.NotFound("there is no such variant")
	}
	if err != nil {
		return nil, fmt.Errorf("find variant: %w", err)
	}
	stored, err := s.storeFile(ctx, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	row := productdb.ProductFile{
		ID: id.New(), VariantID: req.GetVariantId(), Name: name, ContentType: fileType(name), SizeBytes: stored.Size, BlobKey: stored.Key,
	}
	kept, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.VariantFile, error) {
		if _, err := lockOne(ctx, tx, product, 0); err != nil {
			return nil, err
		}
		if err := queries.DeleteUpload(ctx, tx, req.GetUploadId()); err != nil {
			return nil, fmt.Errorf("delete upload: %w", err)
		}
		if err := refusePacked(ctx, tx, req.GetVariantId()); err != nil {
			return nil, err
		}
		return keepFile(ctx, tx, product, row, req.GetReplacesId())
	})
	if err != nil {
		return nil, err
	}
	if err := s.limitSale(ctx, req.GetVariantId(), req.GetLimited(), req.GetUploadId()); err != nil {
		return nil, err
	}
	return &productv1.AddVariantFileResponse{File: kept}, nil
}

// refusePacked keeps files from variants that are bundles or parts of some: those are packed, and nobody would get to download anything.
func refusePacked(ctx context.Context, tx pgx.Tx, variant string) error {
	if err := queries.LockBundles(ctx, tx); err != nil {
		return fmt.Errorf("lock bundles: %w", err)
	}
	found, err := partVariants(ctx, tx, []string{variant})
	if err != nil {
		return err
	}
	holders, err := queries.ListBundlesOfParts(ctx, tx, []string{variant})
	switch {
	case err != nil:
		return fmt.Errorf("list bundles of parts: %w", err)
	case found[variant].GiftCard:
		return rpc.FailedPrecondition("this variant is a gift card, whose code goes by mail; give the files to a product of their own")
	case found[variant].Bundle:
		return rpc.FailedPrecondition("this variant is a bundle, which is packed and sent; give the files to a product of their own")
	case len(holders) > 0:
		return rpc.FailedPrecondition("this variant is packed for the bundle " + shortened(holders[0].Name) + "; take it out there, or give the files to a product of their own")
	}
	return nil
}

// keepFile writes a file of a variant whose product is locked.
func keepFile(ctx context.Context, tx pgx.Tx, product string, row productdb.ProductFile, replaces string) (*productv1.VariantFile, error) {
	files, err := queries.ListVariantFiles(ctx, tx, []string{row.VariantID})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	at := slices.IndexFunc(files, func(f productdb.ProductFile) bool { return f.ID == replaces })
	if replaces != "" && at < 0 {
		return nil, errNoFile
	}
	if same := slices.IndexFunc(files, func(f productdb.ProductFile) bool { return f.BlobKey == row.BlobKey && f.Name == row.Name }); same >= 0 && replaces == "" {
		return toFile(files[same]), nil
	}
	if replaces != "" {
		row.ID = replaces
		err = queries.ReplaceVariantFile(ctx, tx, productdb.ReplaceVariantFileParams{
			ID: row.ID, Name: row.Name, ContentType: row.ContentType, SizeBytes: row.SizeBytes, BlobKey: row.BlobKey,
		})
	} else {
		if len(files) >= mostFiles {
			return nil, rpc.FailedPrecondition(fmt.Sprintf("this variant has %d files, which is the most; pack several into one", mostFiles))
		}
		err = queries.AddVariantFile(ctx, tx, productdb.AddVariantFileParams{
			ID: row.ID, VariantID: row.VariantID, Name: row.Name, ContentType: row.ContentType, SizeBytes: row.SizeBytes, BlobKey: row.BlobKey, Now: clock.Now(),
		})
	}
	if err != nil {
		return nil, fmt.Errorf("keep file: %w", err)
	}
	return toFile(row), raise(ctx, tx, product)
}

// RenameVariantFile changes the name of a file, and with its ending its type.
func (s *Service) RenameVariantFile(ctx context.Context, req *productv1.RenameVariantFileRequest) (*productv1.RenameVariantFileResponse, error) {
	name, err := fileName(req.GetName())
	if err != nil {
		return nil, err
	}
	renamed, err := s.changeFile(ctx, req.GetId(), func(ctx context.Context, tx pgx.Tx, row productdb.ProductFile) error {
		return queries.ReplaceVariantFile(ctx, tx, productdb.ReplaceVariantFileParams{
			ID: row.ID, Name: name, ContentType: fileType(name), SizeBytes: row.SizeBytes, BlobKey: row.BlobKey,
		})
	})
	if err != nil {
		return nil, err
	}
	renamed.Name, renamed.ContentType = name, fileType(name)
	return &productv1.RenameVariantFileResponse{File: toFile(renamed)}, nil
}

// RemoveVariantFile takes a file away. Before a variant's last one goes nothing of it is on hand any more, so that no parcel is sold that nobody has counted.
func (s *Service) RemoveVariantFile(ctx context.Context, req *productv1.RemoveVariantFileRequest) (*productv1.RemoveVariantFileResponse, error) {
	found, err := queries.FindFileProduct(ctx, s.cfg.DB.Primary(), req.GetId())
	if postgres.IsNoRows(err) {
		return &productv1.RemoveVariantFileResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find file: %w", err)
	}
	files, err := queries.ListVariantFiles(ctx, s.cfg.DB.Primary(), []string{found.VariantID})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	if len(files) == 1 {
		_, err := s.cfg.Stock.SetStock(ctx, &inventoryv1.SetStockRequest{
			Counts: []*inventoryv1.StockCount{{VariantId: found.VariantID}}, Reason: "files", IdempotencyKey: "without file " + req.GetId(),
		})
		if err != nil {
			return nil, fmt.Errorf("set stock: %w", err)
		}
	}
	_, err = s.changeFile(ctx, req.GetId(), func(ctx context.Context, tx pgx.Tx, row productdb.ProductFile) error {
		left, err := queries.ListVariantFiles(ctx, tx, []string{row.VariantID})
		if err == nil && len(left) == 1 && len(files) > 1 {
			return rpc.Aborted("somebody else removed a file of this variant at the same moment; repeat it")
		}
		if err != nil {
			return err
		}
		return queries.RemoveVariantFile(ctx, tx, row.ID)
	})
	if errors.Is(err, errNoFile) {
		err = nil // at the same moment
	}
	return &productv1.RemoveVariantFileResponse{}, err
}

// changeFile does something with a file, whose product is locked, and tells of it. It returns the file as it was.
func (s *Service) changeFile(ctx context.Context, file string, do func(ctx context.Context, tx pgx.Tx, row productdb.ProductFile) error) (productdb.ProductFile, error) {
	found, err := queries.FindFileProduct(ctx, s.cfg.DB.Primary(), file)
	if postgres.IsNoRows(err) {
		return productdb.ProductFile{}, errNoFile
	}
	if err != nil {
		return productdb.ProductFile{}, fmt.Errorf("find file: %w", err)
	}
	return inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductFile, error) {
		if _, err := lockOne(ctx, tx, found.ProductID, 0); err != nil {
			return productdb.ProductFile{}, err
		}
		files, err := queries.ListVariantFiles(ctx, tx, []string{found.VariantID})
		if err != nil {
			return productdb.ProductFile{}, fmt.Errorf("list files: %w", err)
		}
		at := slices.IndexFunc(files, func(f productdb.ProductFile) bool { return f.ID == file })
		if at < 0 {
			return productdb.ProductFile{}, errNoFile
		}
		if err := do(ctx, tx, files[at]); err != nil {
			return productdb.ProductFile{}, err
		}
		return files[at], raise(ctx, tx, found.ProductID)
	})
}

// raise makes a new version of a product and tells of it.
func raise(ctx context.Context, tx pgx.Tx, product string) error {
	if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: []string{product}, Now: clock.Now()}); err != nil {
		return fmt.Errorf("raise version: %w", err)
	}
	return tellChanged(ctx, tx, []string{product})
}

// limitSale says to inventory whether there is an end of a digital variant. What is on hand stays what it was.
func (s *Service) limitSale(ctx context.Context, variant string, limited bool, upload string) error {
	stock, err := s.cfg.Stock.BatchGetStock(ctx, &inventoryv1.BatchGetStockRequest{VariantIds: []string{variant}})
	if err != nil {
		return fmt.Errorf("ask for stock: %w", err)
	}
	level := stock.GetStock()[0]
	if level.GetUnlimited() != limited {
		return nil
	}
	_, err = s.cfg.Stock.SetStock(ctx, &inventoryv1.SetStockRequest{
		Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: level.GetOnHand(), Unlimited: !limited}},
		Reason: "files", IdempotencyKey: "file " + upload,
	})
	if err != nil {
		return fmt.Errorf("set stock: %w", err)
	}
	return nil
}

func toFile(row productdb.ProductFile) *productv1.VariantFile {
	return &productv1.VariantFile{
		Id: row.ID, VariantId: row.VariantID, Name: row.Name, ContentType: row.ContentType, Size: row.SizeBytes, BlobKey: row.BlobKey,
	}
}
