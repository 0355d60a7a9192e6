package product

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/media"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// uploaded is how the source of a picture begins that was handed in; the hash of its file follows.
	uploaded = "upload:"
	// forgottenAfter is how long an upload waits to be used.
	forgottenAfter = 24 * time.Hour
)

// AppendUpload takes the next piece of a file.
func (s *Service) AppendUpload(ctx context.Context, req *productv1.AppendUploadRequest) (*productv1.AppendUploadResponse, error) {
	size, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		now := clock.Now()
		if req.GetOffset() == 0 {
			if err := queries.DeleteOldUploads(ctx, tx, now.Add(-forgottenAfter)); err != nil {
				return 0, fmt.Errorf("delete old uploads: %w", err)
			}
		}
		upload, err := queries.LockUpload(ctx, tx, productdb.LockUploadParams{ID: req.GetUploadId(), Owner: auth.CallerFrom(ctx).Subject, Now: now})
		if err != nil {
			return 0, fmt.Errorf("lock upload: %w", err)
		}
		switch {
		case upload.Owner != auth.CallerFrom(ctx).Subject:
			return 0, errNoUpload
		case req.GetOffset() < upload.BytesTotal:
			same, err := queries.HasUploadPiece(ctx, tx, productdb.HasUploadPieceParams{UploadID: upload.ID, ByteOffset: req.GetOffset(), Data: req.GetData()})
			if err == nil && !same {
				err = rpc.FailedPrecondition(fmt.Sprintf("the file has %d bytes already; go on there", upload.BytesTotal))
			}
			return upload.BytesTotal, err
		case req.GetOffset() > upload.BytesTotal:
			return 0, rpc.FailedPrecondition(fmt.Sprintf("the file has only %d bytes yet; go on there", upload.BytesTotal))
		}
		size := upload.BytesTotal + int64(len(req.GetData()))
		if most := max(imageSize, s.cfg.FileLimit); size > most {
			return 0, rpc.FailedPrecondition("the file is larger than " + megabytes(most) + ", which is the most")
		}
		err = queries.AddUploadPiece(ctx, tx, productdb.AddUploadPieceParams{UploadID: upload.ID, ByteOffset: req.GetOffset(), Data: req.GetData()})
		if err != nil {
			return 0, fmt.Errorf("add upload piece: %w", err)
		}
		return size, queries.GrowUpload(ctx, tx, productdb.GrowUploadParams{ID: upload.ID, BytesTotal: size})
	})
	if err != nil {
		return nil, err
	}
	return &productv1.AppendUploadResponse{Size: size}, nil
}

var errNoUpload = rpc.FailedPrecondition("there is no such upload, or it was used or forgotten; hand the file in again")

// readUpload makes the sizes of an uploaded picture and keeps them.
func (s *Service) readUpload(ctx context.Context, upload string) ([]imageFile, string, error) {
	if s.cfg.Blob == nil {
		return nil, "", rpc.FailedPrecondition("this process has no place to keep pictures; set BLOB_URL")
	}
	db := s.cfg.DB.Primary()
	row, err := queries.GetUpload(ctx, db, upload)
	if postgres.IsNoRows(err) || err == nil && row.Owner != auth.CallerFrom(ctx).Subject {
		return nil, "", errNoUpload
	}
	if err != nil {
		return nil, "", fmt.Errorf("get upload: %w", err)
	}
	if row.BytesTotal > imageSize {
		return nil, "", refused(problem("upload_id", "is larger than 20 MiB; make the picture smaller"))
	}
	pieces, err := queries.ListUploadPieces(ctx, db, upload)
	if err != nil {
		return nil, "", fmt.Errorf("list upload pieces: %w", err)
	}
	files, hash, err := s.keepPicture(ctx, bytes.Join(pieces, nil))
	switch {
	case errors.Is(err, media.ErrType):
		return nil, "", refused(problem("upload_id", "is not a JPEG, PNG, GIF or WebP picture"))
	case errors.Is(err, media.ErrTooLarge):
		return nil, "", refused(problem("upload_id", "has too many pixels; make the picture smaller"))
	case errors.Is(err, media.ErrDamaged):
		return nil, "", refused(problem("upload_id", "is damaged; save the picture anew"))
	}
	return files, hash, err
}

// AddProductImage adds an uploaded picture.
func (s *Service) AddProductImage(ctx context.Context, req *productv1.AddProductImageRequest) (*productv1.AddProductImageResponse, error) {
	files, hash, err := s.readUpload(ctx, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	answer, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.AddProductImageResponse, error) {
		before, err := lockOne(ctx, tx, req.GetProductId(), 0)
		if err != nil {
			return nil, err
		}
		if err := queries.DeleteUpload(ctx, tx, req.GetUploadId()); err != nil {
			return nil, fmt.Errorf("delete upload: %w", err)
		}
		source := uploaded + hash
		if at := slices.IndexFunc(before.GetImages(), func(i *productv1.Image) bool { return i.GetSourceUrl() == source }); at >= 0 {
			return &productv1.AddProductImageResponse{Product: before, ImageId: before.GetImages()[at].GetId()}, nil
		}
		image := &productv1.Image{Id: id.New(), SourceUrl: source, Alt: req.GetAlt(), Files: toFiles(files)}
		e := &edit{before: before, after: proto.CloneOf(before), mask: []string{"images"}}
		at := len(e.after.GetImages())
		if req.GetMain() {
			at = 0
		}
		e.after.Images = slices.Insert(e.after.GetImages(), at, image)
		if err := s.saveOne(ctx, tx, e); err != nil {
			return nil, err
		}
		after, err := loadOne(ctx, tx, req.GetProductId())
		return &productv1.AddProductImageResponse{Product: after, ImageId: image.GetId()}, err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// SetCategoryImage replaces a category's picture.
func (s *Service) SetCategoryImage(ctx context.Context, req *productv1.SetCategoryImageRequest) (*productv1.SetCategoryImageResponse, error) {
	list, _, err := s.readUpload(ctx, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	files, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	changed, err := s.inTree(ctx, func(ctx context.Context, tx pgx.Tx) (*productv1.Category, error) {
		if _, err := categoryOf(ctx, tx, req.GetCategoryId(), 0); err != nil {
			return nil, err
		}
		err := queries.SetCategoryImage(ctx, tx, productdb.SetCategoryImageParams{ID: req.GetCategoryId(), Files: files, Alt: req.GetAlt(), Now: clock.Now()})
		if err != nil {
			return nil, fmt.Errorf("set category image: %w", err)
		}
		if err := queries.DeleteUpload(ctx, tx, req.GetUploadId()); err != nil {
			return nil, fmt.Errorf("delete upload: %w", err)
		}
		return loadCategory(ctx, tx, req.GetCategoryId())
	})
	if err != nil {
		return nil, err
	}
	return &productv1.SetCategoryImageResponse{Category: changed}, nil
}
